import { expect, test } from 'vitest'
import { atLeast, createLog, type LogTarget } from './log.ts'
import { plain } from './terminal.ts'

function target(given: Partial<LogTarget>): { lines: string[]; target: LogTarget } {
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)
  return {
    lines,
    target: {
      level: 'info',
      write,
      forPeople: true,
      paint: plain,
      now: () => new Date(2026, 0, 1, 8).getTime(),
      ...given,
    },
  }
}

test('people get short lines, without the tenant', () => {
  const { lines, target: people } = target({})
  createLog(people)('warn', 'It is slow.', { executionId: 'e1', tenantId: 't1', why: 'two words', ms: 5 })
  createLog(people)('info', 'Bare.', {})
  expect(lines).toEqual(['08:00:00 warn  It is slow. executionId=e1 why="two words" ms=5', '08:00:00 info  Bare.'])
})

test('machines get JSON lines with level, time and all details', () => {
  const { lines, target: machine } = target({ forPeople: false })
  createLog(machine)('error', 'It broke.', { executionId: 'e1' })
  expect(lines).toHaveLength(1)
  const parsed: unknown = JSON.parse(lines[0] ?? '')
  expect(parsed).toMatchObject({ level: 'error', message: 'It broke.', executionId: 'e1' })
  expect(parsed).toHaveProperty('time', expect.stringMatching(/^\d{4}-/))
})

test.each([true, false])('what is below the level is left out (for people: %s)', (forPeople) => {
  const { lines, target: quiet } = target({ level: 'warn', forPeople })
  createLog(quiet)('info', 'Nothing.', {})
  expect(lines).toEqual([])
  const { lines: silent, target: none } = target({ level: 'silent', forPeople })
  createLog(none)('error', 'Nothing.', {})
  expect(silent).toEqual([])
})

test('a log can be made quieter', () => {
  const heard: string[] = []
  const log = atLeast('warn', (_, message) => void heard.push(message))
  log('info', 'a', {})
  log('error', 'b', {})
  expect(heard).toEqual(['b'])
})
