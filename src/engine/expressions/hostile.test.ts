import { setImmediate } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { compileValue } from '../../kernel/expression/compile.ts'
import type { Json } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import { createExpressionThreads } from './expression-threads.ts'
import { harmlessExpressions, hostileExpressions, hostileScope } from './hostile.test-kit.ts'

const threads = createExpressionThreads()
afterAll(() => threads.close())

/** Processor time of this process's main thread, which a busy machine does not change. */
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Evaluates while a loop of turns goes on beside it, and counts the turns. */
async function attack(source: string): Promise<{ result: Result<Json>; turns: number; mainMs: number }> {
  const before = cpuMs()
  const pending = threads.evaluate(compileValue({ value: `{{ ${source} }}` }, { secrets: true }), hostileScope)
  const mainMs = cpuMs() - before
  const state = { settled: !(pending instanceof Promise) }
  let turns = 0
  const result = Promise.resolve(pending).finally(() => (state.settled = true))
  while (!state.settled) {
    await setImmediate()
    turns += 1
  }
  return { result: await result, turns, mainMs }
}

const shown = (source: string): string => (source.length > 70 ? `${source.slice(0, 70)}… (${source.length})` : source)

test('there are more than eighty of them, each different', () => {
  expect(new Set(hostileExpressions).size).toBeGreaterThan(80)
  expect(new Set(hostileExpressions).size).toBe(hostileExpressions.length)
})

describe('a hostile expression ends with a problem while the process goes on', () => {
  test.each(hostileExpressions.map((source) => [shown(source), source] as const))('%s', async (_, source) => {
    const { result, turns, mainMs } = await attack(source)
    expect(result.ok).toBe(false)
    const codes = result.ok ? [] : result.problems.map(({ code }) => code)
    expect(codes).toEqual(codes.map(() => expect.stringMatching(/^expression_/)))
    expect(mainMs).toBeLessThan(250)
    if (codes.includes('expression_limit')) expect(turns).toBeGreaterThan(10)
    expect(JSON.stringify(result)).not.toContain('top secret')
  })
})

describe('an expression that only looks hostile has its value', () => {
  test.each(harmlessExpressions)('%s', async (source, value) => {
    const { result, mainMs } = await attack(source)
    expect(result).toEqual({ ok: true, value: { value } })
    expect(mainMs).toBeLessThan(250)
  })
})

test('the endless ones were stopped, not refused beforehand', async () => {
  const endless = hostileExpressions.filter((source) =>
    /^trigger\.list\.(?:all|exists)\(x0, trigger\.list|\.matches\("\^\(a/.test(source),
  )
  for (const source of endless) {
    expect(await attack(source)).toMatchObject({ result: { problems: [{ code: 'expression_limit' }] } })
  }
  expect(endless.length).toBeGreaterThan(4)
})

test('nothing that they tried has stayed', () => {
  expect(Reflect.get({}, 'admin')).toBeUndefined()
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})
