import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { type House, openHouse } from '../main.ts'
import { readConfig } from '../config.ts'
import { listMembers } from '../record/members.ts'
import { type Desk, openDesk } from './cli.test-kit.ts'
import { requireTenant } from './command-line.ts'
import { listCouncils } from '../record/councils.ts'
import { demoCouncils, demoMembers, ensureDemoTenant } from './demo-tenant.ts'
import { seedExamples } from './examples.ts'
import { openTerminal } from './terminal.ts'
import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'

const child = `name: child
steps:
  - id: agree
    action: approval.request
    config: { approvers: { role: cfo }, summary: Let the child go on }
  - id: fill
    action: form.request
    depends_on: [agree.approved]
    config: { title: Fill it in, audience: { members: [vera@example.com] }, fields: { ok: { type: boolean } }, expires_in: 2d }
`
const parent = `name: parent
steps:
  - id: both
    action: workflow.run
    config: { workflow: child }
`
const many = `name: many
steps:
  - id: ask
    action: approval.request
    for_each: { items: [1, 2] }
    config: { approvers: { council: media }, quorum: majority, summary: 'Number {{ item }}' }
`
const wait = `name: wait
steps: [{ id: nap, action: delay, config: { for: 1h } }, { id: call, action: callback.wait }]
`

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})

async function newestId(): Promise<string> {
  const [first]: { id: string }[] = JSON.parse((await desk.run(['executions', 'list', '--limit', '1', '--json'])).out)
  return first?.id ?? ''
}

async function withTestHouse<T>(work: (house: House) => Promise<T>): Promise<T> {
  const house = await openHouse(readConfig(desk.environment), { log: () => undefined })
  try {
    return await work(house)
  } finally {
    await house.close()
  }
}

describe('gates', () => {
  test('of a child execution are answered where its parent is followed', async () => {
    await desk.run(['workflows', 'apply', await desk.file('child.yaml', child)])
    const running = await desk.run(['run', '-', '--approve'], { input: parent })
    expect(running.out).toContain('Approved by Olivia Owner.')
    expect(running.code).toBe(3)
    expect(running.out).toContain('fill asks vera@example.com, expires in')
    const [, form = ''] = /countersign submit (\S+)/.exec(running.out) ?? []
    expect((await desk.run(['submit', form, '--data', 'ok=yes'])).err).toContain('`ok`')
    expect((await desk.run(['submit', form, '--data', 'ok=true', '--as', 'adam@example.com'])).err).toContain('fill in')
    expect((await desk.run(['submit', form, '--data', 'ok=true', '--follow'])).code).toBe(0)
  })

  test('that nobody can pass are refused with the reason', async () => {
    const { code, err } = await desk.run(['run', '-', '--approve'], { input: many })
    expect(code).toBe(1)
    expect(err).toContain('Nobody is left who may vote: this asks the council media.')
  })

  test('of several items are named one by one', async () => {
    expect((await desk.run(['run', '-'], { input: many })).code).toBe(3)
    const { code, err } = await desk.run(['approve', await newestId()])
    expect(code).toBe(2)
    expect(err).toContain('waits for 2 approvals. Name one:')
    expect(err).toContain('ask[0] asks the council media: 0 approvals, majority needed')
    const beginning = (await newestId()).slice(0, 8)
    expect((await desk.run(['executions', 'show', beginning])).err).toContain('Type more of the id.')
    expect((await desk.run(['approvals', 'list'])).out).toContain('0 (majority)')
  })

  test('a vote that is not enough leaves them open for others', async () => {
    const two = `name: two\nsteps: [{ id: ask, action: approval.request, config: { approvers: { role: finance_manager }, quorum: 2, summary: Two } }]`
    const { code, out } = await desk.run(['run', '-', '--approve', '--as', 'adam@example.com'], { input: two })
    expect(code).toBe(3)
    expect(out).toContain('1 of 2 approvals. Still open.')
    expect(out).toContain('1 of 2 approvals, expires in')
  })

  test('of machines keep it running; it can be left', async () => {
    const running = desk.begin(['run', '-'], { input: wait })
    await running.says('call: waits, waits for a callback')
    await running.says('nap: waits, goes on in')
    running.interrupt()
    expect((await running.ended).code).toBe(130)
    const { out } = await desk.run(['executions', 'show', await newestId()], { isTerminal: true })
    expect(out).toContain('◇ call')
  })
})

describe('the tree in a terminal', () => {
  test('says that it is paused, and how it goes on', async () => {
    const running = desk.begin(['run', '-'], { input: wait, isTerminal: true })
    await running.says('goes on in')
    await desk.run(['executions', 'pause', await newestId()])
    await running.says('Paused: npx countersign executions resume')
    await desk.run(['executions', 'cancel', await newestId()])
    const { code, out } = await running.ended
    expect(code).toBe(4)
    expect(out).toContain('Cancelled after')
  })
})

describe('the demo tenant', () => {
  test('is made once, also by two first starts at once', async () => {
    desk = await openDesk()
    await desk.run(['migrate'])
    await withTestHouse(async (house) => {
      const [one, other] = await Promise.all([ensureDemoTenant(house), ensureDemoTenant(house)])
      expect(one.id).toBe(other.id)
      const members = await listMembers(house.database.engine, one.id)
      expect(members.map(({ email }) => email).toSorted()).toEqual(
        ['adam', 'bella', 'fiona', 'olivia', 'oscar', 'vera'].map((name) => `${name}@example.com`),
      )
      expect(new Set(demoMembers.map(({ role }) => role)).size).toBe(5)
      const { councils } = await listCouncils(house.database.engine, one.id, { limit: 10, offset: 0 })
      expect(
        councils.map(({ name, domain, threshold, memberIds }) => [name, domain, threshold, memberIds.length]),
      ).toEqual(demoCouncils.map(({ name, domain }) => [name, domain, 'majority', 3]).toSorted())
      await expect(requireTenant(house, 'acme')).rejects.toThrow('There is no tenant "acme".')
    })
  })

  test('gets the examples that can be saved, and hears of those that cannot', async () => {
    await writeFile(`${desk.directory}/a-parent.yaml`, parent)
    await writeFile(`${desk.directory}/b-child.yaml`, child)
    await writeFile(`${desk.directory}/c-broken.yaml`, 'name: broken')
    await withTestHouse(async (house) => {
      const tenant = await requireTenant(house, 'demo')
      const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
      const terminal = openTerminal(streams, Object.assign(new EventEmitter(), { exit: () => undefined }))
      const office = { house, tenant, terminal }
      expect(await seedExamples(office, pathToFileURL(`${desk.directory}/`))).toEqual([
        'examples/c-broken.yaml was not saved: npx countersign validate examples/c-broken.yaml says why.',
      ])
      expect(await seedExamples(office, pathToFileURL(`${desk.directory}/nowhere/`))).toEqual([])
    })
    expect((await desk.run(['workflows', 'list'])).out).toMatch(/child +v1 +active[^]*parent +v1 +active/)
  })
})

describe('questions', () => {
  test('a form shows titles, choices and defaults; a person who is not asked is refused', async () => {
    const form = `name: details
steps:
  - id: ask
    action: form.request
    config:
      title: Details
      audience: { role: viewer }
      fields: { level: { type: integer, title: How high, enum: [1, 2], default: 2 }, mail: { type: string, format: email, required: false } }
output: '{{ steps.ask.output.data }}'`
    const refused = desk.begin(['run', await desk.file('details.yaml', form), '--as', 'adam@example.com'], {
      isTerminal: true,
    })
    await refused.says('How high (1, 2; default 2): ')
    refused.type('\r')
    await refused.says('mail (email; may be empty): ')
    refused.type('\r')
    expect(await refused.ended).toMatchObject({ code: 1, err: expect.stringContaining('viewer') })
    const parked = await desk.run(['run', `${desk.directory}/details.yaml`, '--approve'])
    expect(parked.code).toBe(3)
    expect(parked.out).toContain(`--data '{"level":2,"mail":"…"}'`)
  })
})

describe('a retry with a mended definition', () => {
  test('is followed across the versions, and shown with both', async () => {
    const bad = `name: mend
steps:
  - id: check
    action: validate
    config: { data: { a: 1 }, rules: [{ check: '{{ false }}', message: Never }] }`
    expect((await desk.run(['run', '-'], { input: bad })).code).toBe(1)
    const id = await newestId()
    const good = `${bad.replace('false', 'true')}\n  - id: more\n    action: log\n    depends_on: [check]\n    config: { message: More }`
    const mended = await desk.file('mend.yaml', good)
    const { code, out } = await desk.run(['executions', 'retry', id, '--file', mended, '--follow'])
    expect(code).toBe(0)
    expect(out).toContain('mend: retried, by operator')
    expect((await desk.run(['executions', 'show', id])).out).toContain('✓ more')
    expect((await desk.run(['executions', 'show', '00000000'])).err).toContain('There is no execution 00000000')
  })
})
