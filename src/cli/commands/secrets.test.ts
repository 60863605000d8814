// What `countersign secrets` promises: values come in by stdin or an unseen prompt, and never out.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Desk, openDesk } from '../cli.test-kit.ts'

const value = 'sk_live_0123456789abcdef'
let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})

test('a value is read from stdin, replaced, listed without it, and deleted', async () => {
  expect((await desk.run(['secrets', 'list'])).out).toBe('No secrets. Set one: npx countersign secrets set NAME\n')
  expect((await desk.run(['secrets', 'set', 'KEY', '--description', 'Payments'], { input: `${value}\n` })).out).toBe(
    'Created KEY.\n',
  )
  expect((await desk.run(['secrets', 'set', 'KEY'], { input: `${value}2` })).out).toBe('Replaced KEY: version 2.\n')
  const listed = await desk.run(['secrets', 'list'])
  expect(listed.out).toMatch(/^NAME +VERSION +SET +USED BY\nKEY +2 +\d{4}-\d\d-\d\d \d\d:\d\d +-\n$/)
  const json = await desk.run(['secrets', 'list', '--json'])
  expect(JSON.parse(json.out)).toMatchObject([
    { name: 'KEY', version: 2, description: 'Payments', createdBy: 'operator' },
  ])
  expect(json.out).not.toContain(value)
  expect((await desk.run(['secrets', 'delete', 'KEY'])).out).toBe('Deleted KEY.\n')
  expect((await desk.run(['secrets', 'delete', 'KEY'])).err).toBe('There is no secret KEY.\n')
})

test('in a terminal it is asked for and not shown', async () => {
  const running = desk.begin(['secrets', 'set', 'ASKED'], { isTerminal: true })
  await running.says('Value of ASKED (not shown): ')
  running.type(`${value}\n`)
  const { code, out } = await running.ended
  expect([code, out]).toEqual([0, 'Value of ASKED (not shown): \nCreated ASKED.\n'])
})

test('a value that does not fit is refused with the reason', async () => {
  const { code, err } = await desk.run(['secrets', 'set', 'SHORT'], { input: 'abc\n' })
  expect(code).toBe(1)
  expect(err).toContain('at least 4 characters')
})

test('a secret that an active workflow uses is deleted only when that is forced', async () => {
  await desk.run(['secrets', 'set', 'USED'], { input: value })
  const file = await desk.file(
    'pay.yaml',
    'name: pay\nsteps:\n  - id: say\n    action: log\n    config: { message: "x {{ secrets.USED }}" }\n',
  )
  const saved = await desk.run(['workflows', 'apply', file])
  expect(saved.err).toBe('')
  expect((await desk.run(['secrets', 'delete', 'USED'])).err).toContain('Active workflows use the secret USED: pay.')
  expect((await desk.run(['secrets', 'delete', 'USED', '--force'])).out).toBe('Deleted USED.\n')
})

test('the key is rotated, and what is left to do is said', async () => {
  await desk.run(['secrets', 'set', 'ROTATED'], { input: value })
  const { code, out } = await desk.run(['secrets', 'rotate-key'])
  expect(code).toBe(0)
  expect(out).toMatch(
    /^\d+ sealed anew\.\nThe new key [0-9a-f]{16} is the first line of .*\. \d secrets? (was|were) sealed anew\.\n/,
  )
  expect(out).toContain('The line below it seals nothing any more.')
  expect((await readFile(join(desk.directory, 'key'), 'utf8')).trim().split('\n')).toHaveLength(2)
  // The log-ins to the database still work.
  expect((await desk.run(['secrets', 'rotate-key'])).out).toContain('The 2 lines below it seal nothing any more.')
})
