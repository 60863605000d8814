// What `countersign drafts` promises: a draft is made, looked at, submitted and converted from the command line.

import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { Command } from 'commander'
import { beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { type Desk, openDesk } from '../cli.test-kit.ts'
import type { CommandLine } from '../command-line.ts'
import { failureOf } from '../refusal.ts'
import { openTerminal } from '../terminal.ts'
import { addDrafts } from './drafts.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})

const greeting =
  'name: greet-all\ntitle: Greet all\ninputs:\n  who: { type: string }\nsteps:\n  - id: say\n    action: log\n    config: { message: "Hello {{ inputs.who }}" }\n'

/** What it says, or what stands in the way. */
async function run(words: readonly string[], input = ''): Promise<string> {
  const stream = () =>
    Object.assign(new PassThrough(), { isTTY: false, columns: 100, rows: 30, hasColors: () => false })
  const [stdin, stdout, stderr] = [stream(), stream(), stream()]
  stdin.end(input)
  let out = ''
  stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const interrupts = Object.assign(new EventEmitter(), { exit: () => true })
  const terminal = openTerminal({ stdin, stdout, stderr }, interrupts)
  const line: CommandLine = { terminal, config: () => readConfig(desk.environment), finish: () => {} }
  const program = new Command().exitOverride()
  addDrafts(program, line)
  try {
    await program.parseAsync(['drafts', ...words], { from: 'user' })
    return out
  } catch (error) {
    return failureOf(error).message
  }
}

test('a draft goes from a file to an execution', async () => {
  expect(await run(['list'])).toContain('No drafts.')
  const made = await run(['create', '-', '--purpose', 'Politeness', '--input', 'who=Ana'], greeting)
  const id = /Created draft ([0-9a-f-]{36}): Greet all/.exec(made)?.[1] ?? ''
  expect(await run(['list'])).toMatch(/editing +Greet all +greet-all/)
  expect(JSON.parse(await run(['list', '--status', 'editing', '--json']))).toMatchObject([{ id }])
  expect(await run(['comment', id, 'Louder?', '--step', 'say'])).toBe('The comment was added.\n')
  expect(await run(['comment', id, 'Hm', '--line', '0'])).toContain('A line is a number')
  expect(await run(['comment', id, 'Hm', '--line', '1', '--step', 'say'])).toContain('not both')
  expect(await run(['submit', id])).toBe('"Greet all" is approved.\n')
  expect(await run(['submit', id])).toContain('it cannot be submitted')
  expect(await run(['convert', id])).toMatch(
    /^"Greet all" was converted\.\nFollow it: npx countersign executions follow/,
  )
  const shown = await run(['show', id])
  for (const words of [
    'converted, revision 1',
    'Politeness',
    'Inputs: {"who":"Ana"}',
    'Execution: ',
    'converted by operator',
  ]) {
    expect(shown).toContain(words)
  }
  expect(JSON.parse(await run(['show', id, '--json']))).toMatchObject({ draft: { id, status: 'converted' } })
})

test('a draft of a workflow is discarded, and what cannot be made is refused', async () => {
  const made = await run(['create', '--workflow', 'greet-all', '--name', 'Again', '--input', '{"who":"Ben"}'])
  const id = /Created draft ([0-9a-f-]{36}): Again/.exec(made)?.[1] ?? ''
  expect(await run(['discard', id, '--reason', 'Enough.'])).toBe('"Again" was discarded.\n')
  expect(await run(['create'])).toContain('one of the three')
  expect(await run(['create', '--workflow', 'nowhere'])).toContain('There is no workflow "nowhere"')
  expect(await run(['create', '--template', 'nothing'])).toContain('There is no template "nothing"')
  expect(await run(['show', 'zz'])).toContain('is no id')
  expect(await run(['show', '00000000'])).toContain('There is no draft')
})
