// The command line on a server, and the typed client: real processes, a real server, no database on this side.

import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { paginate } from '../../src/client/pages.ts'
import { beginOffline, runOffline } from '../../src/cli/cli.test-kit.ts'
import { type Installation, install, type Started } from '../cli/program.ts'

const order = ['run', 'examples/purchase-order-approval.yaml', '--input', 'order_id=PO-1']
const waiting = `name: nap\nsteps: [{ id: sleep, action: delay, config: { for: 1h } }]\n`
const failing = (verdict: boolean) =>
  `name: fragile\nsteps: [{ id: check, action: validate, config: { rules: [{ check: ${verdict}, message: No }] } }]\n`

let there: Installation
let here: Installation
let serving: Started | undefined
let url = ''
let owner = ''
let finance = ''

beforeAll(async () => {
  there = await install()
  here = await install()
  serving = there.start(['serve', '--no-examples'])
  ;[, url = ''] = await serving.says(/Countersign is ready at (http:\S+) /)
  owner = await makeKey('owner')
  finance = await makeKey('admin')
})

afterAll(async () => {
  serving?.child.kill('SIGTERM')
  await serving?.ended
  for (const house of [there, here]) await rm(house.dataDir, { recursive: true, force: true })
})

async function makeKey(role: string): Promise<string> {
  const { out } = await there.run(['dev', 'api-key', '--role', role])
  const [key = ''] = /\bcs_\S+/.exec(out) ?? []
  return key
}

const as = (key: string) => ({ COUNTERSIGN_REMOTE_URL: url, COUNTERSIGN_API_KEY: key })
/** In this process; the database that it names is none. */
const run = (words: readonly string[], key = owner) => runOffline(words, { environment: as(key) })

async function file(name: string, text: string): Promise<string> {
  const path = join(here.dataDir, name)
  await writeFile(path, text)
  return path
}

const idIn = ({ out }: { readonly out: string }): string =>
  /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(out)?.[0] ?? ''

/** Asks until it is so. */
async function until(id: string, status: string): Promise<void> {
  const client = createClient({ url, key: owner })
  for (;;) {
    const { data } = await client.GET('/executions/{id}', { params: { path: { id } } })
    if (data.status === status) return
    await new Promise(setImmediate)
  }
}

describe('a definition', () => {
  test('is run there and followed to its end, and nothing is made here', async () => {
    const ran = await here.run([...order, '--input', 'amount=12000'], as(owner))
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain('send: completed')
    expect(ran.out).toContain('Completed in')
    expect(await readdir(here.dataDir)).not.toContain('postgres')
  })

  test('says all its events as JSON, the first and the last included', async () => {
    const { code, out } = await run([...order, '--input', 'amount=12000', '--json'])
    const types = out
      .trim()
      .split('\n')
      .map((line): string => JSON.parse(line).type)
    expect([code, types.at(0), types.at(-1)]).toEqual([0, 'workflow.started', 'workflow.completed'])
  })

  test('that asks people says how they decide there, and a key decides', async () => {
    const parked = await runOffline(['--url', url, '--key', owner, ...order, '--input', 'amount=62000'])
    expect(parked.code).toBe(3)
    const [, id = ''] = /npx countersign approve (\S+) --url http/.exec(parked.out) ?? []
    expect((await run(['approvals', 'list'])).out).toContain(id.slice(0, 18))
    const refused = await run(['approve', id], await makeKey('viewer'))
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('finance_manager')])
    const approved = await run(['approve', id.slice(0, 30), '--follow'], finance)
    expect(approved).toMatchObject({ code: 0, err: '' })
    expect(approved.out).toContain('Approved by Adam Admin.')
    expect(approved.out).toContain('send: completed')
    expect((await run(['approve', id], finance)).code).toBe(1)
    expect((await run(['approvals', 'list'])).out).toContain('Nothing waits')
  })

  test('that is broken is shown with its lines, and nothing is saved', async () => {
    const path = await file('broken.yaml', 'name: broken\nsteps:\n  - id: a\n    action: lgo\n')
    for (const words of [
      ['validate', path],
      ['run', path],
      ['workflows', 'apply', path],
    ]) {
      const { code, out, err } = await run(words)
      expect([words[0], code]).toEqual([words[0], 1])
      expect(out + err).toContain('broken.yaml:4:13')
      expect(out + err).toContain('Did you mean `log`?')
    }
    expect((await run(['workflows', 'list'])).out).not.toContain('broken')
  })

  test('is saved, listed, and switched off and on', async () => {
    const path = await file('nap.yaml', waiting)
    expect((await run(['workflows', 'apply', path])).out).toBe('nap: saved as version 1, active\n')
    expect((await run(['workflows', 'apply', path])).out).toBe('nap: unchanged, version 1, active\n')
    await file('nap.yaml', waiting.replace('1h', '2h'))
    expect((await run(['workflows', 'apply', path])).out).toBe('nap: saved as version 2, active\n')
    expect((await run(['workflows', 'disable', 'nap'])).out).toBe('nap is inactive.\n')
    expect((await run(['run', path])).err).toContain('inactive')
    expect((await run(['workflows', 'enable', 'nap'])).code).toBe(0)
    expect(JSON.parse((await run(['workflows', 'list', '--json'])).out)).toContainEqual(
      expect.objectContaining({ name: 'nap', version: 2, status: 'active' }),
    )
    expect((await run(['workflows', 'enable', 'none'])).code).toBe(1)
  })
})

describe('an execution', () => {
  test('is shown, paused, resumed, cancelled and run again, by the beginning of its id', async () => {
    const id = idIn(await run(['run', await file('nap.yaml', waiting), '--no-follow']))
    await until(id, 'waiting')
    const begins = id.slice(0, 20)
    expect((await run(['executions', 'show', begins])).out).toContain('sleep')
    await run(['executions', 'pause', begins, '--reason', 'lunch'])
    await until(id, 'paused')
    expect((await run(['executions', 'show', id])).out).toContain('Paused.')
    await run(['executions', 'resume', begins])
    await until(id, 'waiting')
    expect((await run(['executions', 'cancel', begins, '--follow'])).code).toBe(4)
    const again = idIn(await run(['executions', 'rerun', begins]))
    expect(again).not.toBe(id)
    const rows: { id: string }[] = JSON.parse((await run(['executions', 'list', '--workflow', 'nap', '--json'])).out)
    expect(rows.map((row) => row.id).slice(0, 2)).toEqual([again, id])
    expect((await run(['executions', 'cancel', id])).code).toBe(1)
    expect((await run(['executions', 'show', '019e5b1c'])).code).toBe(1)
    expect((await run(['executions', 'show', 'x'])).code).toBe(2)
  })

  test('that failed goes on with a mended definition', async () => {
    const path = await file('fragile.yaml', failing(false))
    const failed = await run(['run', path])
    expect(failed.code).toBe(1)
    const [, id = ''] = /executions retry (\S+)/.exec(failed.out) ?? []
    const other = await file('other.yaml', waiting)
    expect((await run(['executions', 'retry', id, '--file', other])).err).toContain('defines "nap"')
    await file('fragile.yaml', failing(true))
    const retried = await run(['executions', 'retry', id, '--file', path, '--follow'])
    expect(retried.out).toContain('with version 2')
    expect(retried.code).toBe(0)
  })

  test('asks whoever follows it at a terminal, and --reject answers for them', async () => {
    // Whoever asks for it does not decide on it.
    const begin = async (): Promise<string> => idIn(await run([...order, '--input', 'amount=62000', '--no-follow']))
    const rejected = await run(['executions', 'follow', await begin(), '--reject'], finance)
    expect(rejected.out).toContain('Rejected by Adam Admin.')
    const environment = { ...as(finance), COUNTERSIGN_DATA: here.dataDir }
    const asked = beginOffline(['executions', 'follow', await begin()], { isTerminal: true, environment })
    await asked.says('Approve? yes, no or later')
    asked.type('yes\n')
    await asked.says('Reason')
    asked.type('fits\n')
    expect(await asked.ended).toMatchObject({ code: 0, out: expect.stringContaining('Approved by Adam Admin.') })
  })

  test('that asks for a form says whom', async () => {
    const form = `name: ask-form\nsteps: [{ id: fill, action: form.request, config: { title: Fill it in, audience: { role: viewer }, fields: { ok: { type: boolean } } } }]\n`
    const parked = await run(['run', await file('form.yaml', form)])
    expect(parked).toMatchObject({ code: 3, out: expect.stringContaining('fill asks viewer to fill in the form ') })
  })

  test('goes on there when whoever follows it presses Ctrl-C', async () => {
    const following = here.start(['run', await file('nap.yaml', waiting)], as(owner))
    await following.says(/sleep: waits/)
    following.child.kill('SIGINT')
    const ended = await following.ended
    expect([ended.code, ended.out]).toEqual([130, expect.stringContaining('It goes on there.')])
    const id = idIn(ended)
    const { data } = await createClient({ url, key: owner }).GET('/executions/{id}', { params: { path: { id } } })
    expect(data.status).toBe('waiting')
  })
})

describe('what is refused', () => {
  test('a key that was revoked, and one that never was; no key is ever printed', async () => {
    const client = createClient({ url, key: owner })
    const { data } = await client.POST('/me/api-keys', { body: { name: 'short' } })
    expect((await run(['executions', 'list'], data.key)).code).toBe(0)
    await client.DELETE('/me/api-keys/{id}', { params: { path: { id: data.id } } })
    for (const key of [data.key, 'cs_nobody_has_this_one', 'no key at all']) {
      const { code, out, err } = await run(['executions', 'list'], key)
      expect(code).toBeGreaterThan(0)
      expect(err).toMatch(/refuses the API key|no key has/)
      expect(out + err).not.toContain(key)
    }
  })

  test('an address where nobody is, and one that is none', async () => {
    const at = (address: string, ...more: string[]) =>
      runOffline(['--url', address, '--key', 'cs_x', ...more, 'executions', 'list'])
    expect(await at('http://127.0.0.1:1')).toMatchObject({ code: 5, err: expect.stringContaining('cannot be reached') })
    for (const address of ['example', 'ftp://example.com', 'https://a:b@example.com']) {
      expect([address, (await at(address)).code]).toEqual([address, 2])
    }
    const plain = await at('http://countersign.invalid')
    expect(plain).toMatchObject({ code: 2, err: expect.stringContaining('plain HTTP') })
    expect((await at('http://countersign.invalid', '--insecure')).code).toBe(5)
    const without = await runOffline(['--url', url, 'executions', 'list'])
    expect(without).toMatchObject({ code: 2, err: expect.stringContaining('COUNTERSIGN_API_KEY') })
  })

  test.each([['migrate'], ['worker'], ['events', 'send', 'x'], ['submit', '019e5b1c']])(
    '%s, which works on this machine only',
    async (...words) => {
      const { code, err } = await run(words)
      expect([code, err]).toEqual([2, expect.stringContaining('works on this machine only')])
    },
  )

  test('a vote as somebody else', async () => {
    const { code, err } = await run(
      [...order, '--input', 'amount=62000', '--approve', '--as', 'adam@example.com'],
      finance,
    )
    expect([code, err]).toEqual([2, expect.stringContaining('votes as its own holder')])
  })
})

test('the typed client goes from a definition to a finished, approved execution', async () => {
  const client = createClient({ url, key: owner })
  const source = `name: ask\nsteps:\n  - id: ok\n    action: approval.request\n    config: { approvers: { role: finance_manager }, summary: Go on }\n`
  const { data: saved } = await client.POST('/workflows', { body: { source } })
  const path = { name: saved.name }
  const { data: started } = await client.POST('/workflows/{name}/executions', { params: { path }, body: {} })
  const seen: string[] = []
  for await (const { type, data } of client.follow(started.id)) {
    seen.push(type)
    const id = data['approval_id']
    if (type !== 'workflow.awaiting_approval' || typeof id !== 'string') continue
    const approver = createClient({ url, key: finance })
    await approver.POST('/approvals/{id}/decision', { params: { path: { id } }, body: { decision: 'approve' } })
  }
  expect(seen.at(-1)).toBe('workflow.completed')
  const names: string[] = []
  for await (const { name } of paginate((query) => client.GET('/workflows', { params: { query } }), 1)) names.push(name)
  expect(names).toContain('ask')
})
