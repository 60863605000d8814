// The examples keep what their test cases say; and what the command line makes of cases.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, expect, test } from 'vitest'
import { addTest } from '../../src/cli/commands/test.ts'
import type { Exit } from '../../src/cli/exit-code.ts'
import { plain } from '../../src/cli/terminal.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { readConfig } from '../../src/config.ts'

const folder = await mkdtemp(join(tmpdir(), 'countersign-cases-'))
afterAll(() => rm(folder, { recursive: true }))

async function run(...words: string[]): Promise<{ out: string; exit: Exit | undefined }> {
  const lines: string[] = []
  let exit: Exit | undefined
  const terminal: Terminal = {
    print: (...given) => void lines.push(...given),
    complain: () => {},
    write: () => {},
    paint: plain,
    isLive: false,
    canAsk: false,
    isErrorLive: false,
    size: () => ({ columns: 100, rows: 40 }),
    ask: async () => undefined,
    askHidden: async () => undefined,
    readInput: async () => '',
    onInterrupt: () => () => {},
    isBroken: false,
  }
  const program = new Command().exitOverride()
  addTest(program, { terminal, config: () => readConfig({}), finish: (given) => void (exit = given) })
  await program.parseAsync(['test', ...words], { from: 'user' })
  return { out: lines.join('\n'), exit }
}

const definition = `
name: order
inputs: { amount: { type: number } }
steps:
  - { id: size, action: decision, config: { when: '{{ inputs.amount > 10 }}' } }
  - { id: below, action: workflow.run, depends_on: [size.true], config: { workflow: other } }
  - { id: mail, action: email.send, depends_on: [size.false], config: { to: a@x.example, subject: Hi, text: Hi } }
`
const other = 'name: other\nsteps: [{ id: a, action: log, config: { message: x } }]\noutput: 7\n'
const cases = `
- { name: It is large, inputs: { amount: 11 }, expect: { path: [size.true, below], outputs: { below: { output: 7 } } } }
- { name: It is small, inputs: { amount: 1 }, expect: { path: [size.true, mail], output: 5, never: [mail] } }
- { name: It fails, inputs: { amount: 1 }, mocks: { mail: { fails: { code: mail_failed, message: Busy. } } }, expect: { status: completed } }
`

test('the examples keep what their test cases say', async () => {
  const { out, exit } = await run('examples')
  expect(out).toContain('11 passed.')
  expect(exit).toBe('fine')
})

test('cases are shown as a tree, with what differs below those that failed', async () => {
  await writeFile(join(folder, 'order.yaml'), definition)
  await writeFile(join(folder, 'b.yaml'), other)
  const path = join(folder, 'order.test.yaml')
  await writeFile(path, cases)
  const { out, exit } = await run(join(folder, 'order.yaml'))
  expect(out).toBe(`${path}
  ✓ It is large
  ✗ It is small
      /path
        + size.false
        - size.true
          mail
      /output
        - expected 5
        + got      null
      /never/0
        - expected "mail does not run"
        + got      "mail"
  ✗ It fails
      /status
        - expected "completed"
        + got      "failed"
      it failed: Busy.

2 failed, 1 passed.`)
  expect(exit).toBe('failed')
  const [file] = JSON.parse((await run(folder, '--json')).out)
  expect(file).toMatchObject({
    file: path,
    problems: [],
    cases: [{ passed: true, status: 'completed' }, { passed: false }, {}],
  })
})

test('what cannot be read is told with its place, and counts as failed', async () => {
  await writeFile(join(folder, 'order.test.yaml'), '- { name: One, inputs: { amount: 1 }, expect: { never: [mial] } }')
  const { out, exit } = await run(join(folder, 'order.test.yaml'))
  expect(out).toContain('unknown_step  The workflow has no step `mial`.')
  expect(out).toContain('hint: Did you mean `mail`?')
  expect([out.includes('1 failed, 0 passed.'), exit]).toEqual([true, 'failed'])
  await writeFile(join(folder, 'order.yaml'), 'name: order')
  expect((await run(join(folder, 'order.test.yaml'))).out).toContain('order.yaml')
  await expect(run(join(folder, 'nowhere.yaml'))).rejects.toThrow('there is no such file')
  await expect(run('docs')).rejects.toThrow('There are no test cases in docs.')
})
