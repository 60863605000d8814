// What `countersign templates` promises: what there is, what is missing, and what runs at once.

import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { Command } from 'commander'
import { beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../config.ts'
import { type Desk, openDesk } from '../cli.test-kit.ts'
import { type CommandLine, withOffice } from '../command-line.ts'
import { failureOf } from '../refusal.ts'
import { seedTemplates, standardTemplates } from '../standard-templates.ts'
import { openTerminal } from '../terminal.ts'
import { addTemplates } from './templates.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
  await withOffice(openLine().line, 'demo', seedTemplates)
})

function openLine() {
  const stream = () =>
    Object.assign(new PassThrough(), { isTTY: false, columns: 100, rows: 30, hasColors: () => false })
  const [stdin, stdout, stderr] = [stream(), stream(), stream()]
  let out = ''
  stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const interrupts = Object.assign(new EventEmitter(), { exit: () => true })
  const terminal = openTerminal({ stdin, stdout, stderr }, interrupts)
  const line: CommandLine = { terminal, config: () => readConfig(desk.environment), finish: () => {} }
  return { line, out: () => out }
}

/** What it says, or what stands in the way. */
async function run(...words: string[]): Promise<string> {
  const { line, out } = openLine()
  const program = new Command().exitOverride()
  addTemplates(program, line)
  try {
    await program.parseAsync(['templates', ...words], { from: 'user' })
    return out()
  } catch (error) {
    return failureOf(error).message
  }
}

test('lists the twelve that a new tenant gets, by category and as JSON', async () => {
  // What is there stays as it is.
  expect(await withOffice(openLine().line, 'demo', seedTemplates)).toEqual([])
  const all = await run('list')
  for (const { name } of await standardTemplates()) expect(all).toContain(name)
  expect(await run('list', '--category', 'marketing')).toMatch(/^NAME .*\ncampaign-go-no-go .*\ncontent-review .*\n$/)
  expect(JSON.parse(await run('list', '--search', 'refund', '--json'))).toMatchObject([{ name: 'customer-refund' }])
  expect(await run('list', '--pre-approved')).toContain('No templates.')
})

test('shows what one asks for and does', async () => {
  const shown = await run('show', 'customer-refund')
  expect(shown).toContain('not pre-approved, used 0 times')
  expect(shown).toContain('Required: customer, order_id, amount, reason\n')
  expect(shown).toContain('Copy block declined: Dear {customer}')
  expect(JSON.parse(await run('show', 'content-review', '--json'))).toMatchObject({ name: 'content-review', flags: [] })
  expect(await run('show', 'nobody')).toBe('There is no template "nobody".')
})

test('makes a draft, or says all that is missing', async () => {
  expect(await run('use', 'expense-check', '--input', 'amount=20')).toBe(
    'The field `purpose` is missing.\nThe field `spent_on` is missing.',
  )
  const given = ['--input', 'amount=20', '--input', '{"purpose":"Train","spent_on":"2026-11-20"}', '--purpose', 'Trip']
  expect(await run('use', 'expense-check', ...given)).toMatch(/^Draft [0-9a-f-]{36} was made from expense-check\.\n$/)
  expect(await run('use', 'nobody')).toBe('There is no template "nobody".')
})

test('runs nothing at once that no council has approved', async () => {
  expect(await run('run', 'expense-check')).toContain('is not pre-approved, so it does not run at once.')
})

test('makes a template of an execution, without what tells of a person', async () => {
  const file = await desk.file(
    'greet.yaml',
    'name: greet\ninputs:\n  who: { type: string }\n  email: { type: string }\nsteps:\n  - id: say\n    action: log\n    config: { message: "Hi {{ inputs.who }}" }\n',
  )
  const ran = await desk.run([
    'run',
    file,
    '--input',
    'who=Ana',
    '--input',
    'email=ana@acme.example',
    '--no-follow',
    '--json',
  ])
  const { execution_id: id } = JSON.parse(ran.out)
  expect(await run('save-as', id, 'greeting')).toContain('is queued')
  await desk.run(['executions', 'follow', id])
  expect(await run('save-as', id, 'greeting', '--title', 'Greet')).toBe(
    'The template greeting was made.\nNot copied: email.\n',
  )
  expect(await run('show', 'greeting')).toContain('Default of who: "Ana"')
  expect(await run('save-as', id, 'greeting')).toContain('There is a template "greeting" already.')
})
