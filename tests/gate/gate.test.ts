// What the gate promises: an effect of class C leaves with a valid grant for exactly what runs, or not at all, and says why.

import { describe, expect, test } from 'vitest'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import type { Failure } from '../../src/kernel/plan/journal.ts'
import { setGovernance } from '../setup/database.ts'
import { defaultGovernance } from '../../src/kernel/policy/governance-policy.ts'
import { countersign, openOutside, revoke, startGovernedEngine } from './gate.test-kit.ts'
import { halts } from './gate-pack.ts'

const outside = await openOutside()
const house = await startGovernedEngine()
const { engine, mails } = house

const call = (name: string, path = `/${name}`, more: Partial<Workflow> = {}): Workflow => ({
  name,
  steps: [{ id: 'call', action: 'http.request', config: { method: 'POST', url: `${outside.url}${path}` } }],
  ...more,
})

const give = (name: string, given?: Parameters<typeof countersign>[3]) =>
  countersign(house.database, house.tenantId, name, given)

/** The failure of an execution that failed at its only step. */
async function failureOf(workflow: Workflow, startedBy = 'test'): Promise<Failure | undefined> {
  const { execution } = await engine.ended(await engine.start(workflow, {}, { startedBy }))
  return execution.failure ?? undefined
}

const arrived = (path: string): number => outside.calls.filter((one) => one === path).length

describe('without a valid grant', () => {
  test('nothing leaves, the step is not tried again, and its message says how to ask', async () => {
    const workflow = call('nobody')
    const [step] = workflow.steps
    if (step !== undefined) workflow.steps = [{ ...step, retry: { attempts: 3, initial: '1ms' } }]
    const { execution, events } = await engine.run(workflow)
    expect(execution.failure).toMatchObject({
      code: 'not_countersigned',
      retry: false,
      message: expect.stringMatching(
        /^Step call \(http.request\) was not let out: nobody has countersigned version 1 of "nobody"\. Activate/,
      ),
    })
    expect(events.filter(({ type }) => type === 'step.failed')).toMatchObject([{ attempt: 1 }])
    expect(arrived('/nobody')).toBe(0)
  })

  test('a revoked one says when and why', async () => {
    await engine.save(call('revoked'))
    await revoke(house.database, house.tenantId, await give('revoked'), 'The supplier was sold')
    const failure = await failureOf(call('revoked'))
    expect(failure?.message).toMatch(/version 1 of "revoked" was revoked at .*: The supplier was sold\./)
    expect(arrived('/revoked')).toBe(0)
  })

  test('an expired one says when', async () => {
    await engine.save(call('expired'))
    await give('expired', { expiresAt: new Date(Date.now() - 1000) })
    expect((await failureOf(call('expired')))?.message).toContain('expired at')
    expect(arrived('/expired')).toBe(0)
  })

  test('one for an older version says what changed since', async () => {
    await engine.save(call('edited'))
    await give('edited')
    const failure = await failureOf(call('edited', '/elsewhere', { settings: { timeout: '1h' } }))
    expect(failure?.message).toContain('what was countersigned is version 1 of "edited", and this is version 2.')
    expect(failure?.message).toContain(
      'Since then: the settings (timeout) were changed, the step call (config.url) was changed.',
    )
    expect(arrived('/elsewhere')).toBe(0)
  })

  test('one for an older version of a workflow that it starts names both versions', async () => {
    const note = (text: string): Workflow => ({
      name: 'note',
      steps: [{ id: 'a', action: 'log', config: { message: text } }],
    })
    const parent = call('parent')
    parent.steps.push({ id: 'tell', action: 'workflow.run', config: { workflow: 'note' } })
    await engine.save(note('one'))
    await engine.save(parent)
    await give('parent')
    await engine.save(note('two'))
    expect((await failureOf(parent))?.message).toContain(
      'Since then: the workflow "note" that it starts went from version 1 to version 2.',
    )
    expect(arrived('/parent')).toBe(0)
  })

  // A booking passes no door: nothing but the gate before it holds it up.
  test.each([
    ['http.request', { url: `${outside.url}/undo` }],
    ['test.book', { entry: 1 }],
  ])('a compensation by %s does not run', async (action, config) => {
    const steps = [
      { id: 'buy', action: 'log', config: { message: 'bought' }, compensate: { action, config } },
      { id: 'boom', action: 'test.fail', depends_on: ['buy'] },
    ]
    const { events } = await engine.run({ name: `undoing-${action.replace('.', '-')}`, steps })
    expect(events.find(({ type }) => type === 'compensation.failed')).toMatchObject({
      failure: { code: 'not_countersigned', message: expect.stringContaining('The compensation of step buy') },
    })
    expect(arrived('/undo')).toBe(0)
  })

  test('a transaction writes nothing', async () => {
    const failure = await failureOf({
      name: 'booking',
      steps: [{ id: 'a', action: 'test.book', config: { entry: 1 } }],
    })
    expect(failure?.code).toBe('not_countersigned')
  })

  test('one for an execution lets that one out, after a retry, and no other', async () => {
    const id = await engine.start(call('one-only'))
    await engine.ended(id)
    await give('one-only', { kind: 'draft', acts: [], executionId: id })
    await engine.signal(id, 'retry', { by: 'member:x' })
    await engine.seen(id, ({ type }) => type === 'step.completed')
    expect((await failureOf(call('one-only')))?.code).toBe('not_countersigned')
    expect(arrived('/one-only')).toBe(1)
  })
})

describe('with a valid grant', () => {
  test('it leaves, and so does a compensation, a transaction and each item', async () => {
    const steps: Workflow['steps'] = [
      {
        id: 'each',
        action: 'http.request',
        for_each: { items: [1, 2, 3] },
        config: { url: `${outside.url}/each` },
        compensate: { action: 'http.request', config: { url: `${outside.url}/each/undo` } },
      },
      { id: 'book', action: 'test.book', depends_on: ['each'], config: { entry: 1 } },
      { id: 'boom', action: 'test.fail', depends_on: ['book'] },
    ]
    await engine.save({ name: 'granted', steps })
    await give('granted')
    const { execution } = await engine.run({ name: 'granted', steps })
    expect(execution.failure?.code).toBe('step_failed')
    expect([arrived('/each'), arrived('/each/undo')]).toEqual([3, 1])
  })

  test('acts of several approvals add up, and what is missing is named', async () => {
    const mailing: Workflow = {
      name: 'mailing',
      steps: [{ id: 'mail', action: 'email.send', config: { to: 'ana@example.com', subject: 'Hello', text: 'Hi' } }],
    }
    await engine.save(mailing)
    await give('mailing', { acts: ['activate_workflow'] })
    expect((await failureOf(mailing))?.message).toContain('was countersigned, but not to send e-mails.')
    await give('mailing', { acts: ['send_emails'] })
    expect(await failureOf(mailing)).toBeUndefined()
    expect((await failureOf(mailing, 'schedule:1'))?.message).toContain('but not to run by its schedule')
    await give('mailing', { acts: ['enable_schedule'] })
    expect(await failureOf(mailing, 'schedule:1')).toBeUndefined()
    expect(mails).toHaveLength(2)
  })

  test.each([
    ['call', { id: 'a', action: 'test.halting', config: { url: `${outside.url}/halting` } }],
    ['mail', { id: 'a', action: 'test.halting_mail' }],
  ])('a revocation between the start of the step and its %s is seen at the door', async (what, step) => {
    const name = `halting-${what}`
    const before = mails.length
    await engine.save({ name, steps: [step] })
    const versionId = await give(name)
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    halts.set(name, { reached: reached.resolve, released: released.promise })
    const id = await engine.start({ name, steps: [step] })
    await reached.promise
    await revoke(house.database, house.tenantId, versionId, 'Stop.')
    released.resolve()
    expect((await engine.ended(id)).execution.failure).toMatchObject({
      code: 'not_countersigned',
      message: expect.stringContaining(': Stop.'),
    })
    expect([arrived('/halting'), mails.length]).toEqual([0, before])
  })

  test('a step that starts a workflow of class C is held with it', async () => {
    const inner = call('inner')
    const outer: Workflow = {
      name: 'outer',
      steps: [{ id: 'run', action: 'workflow.run', config: { workflow: 'inner' } }],
    }
    await engine.save(inner)
    await give('inner')
    expect((await failureOf(outer))?.message).toContain('Step run (workflow.run) was not let out')
    await give('outer')
    expect(await failureOf(outer)).toBeUndefined()
    expect(arrived('/inner')).toBe(1)
  })
})

describe('an action that claims less than it does', () => {
  const liar = (name: string, url: string): Workflow => ({
    name,
    steps: [{ id: 'a', action: 'test.understated_call', config: { url } }],
  })

  test('reaches nobody outside', async () => {
    const failure = await failureOf(liar('liar', `${outside.url}/liar`))
    expect(failure).toMatchObject({ code: 'not_countersigned', retry: false })
    expect(failure?.message).toContain('which is not internal, and its class is A')
    expect(arrived('/liar')).toBe(0)
  })

  test('sends no mail', async () => {
    const before = mails.length
    const failure = await failureOf({ name: 'mail-liar', steps: [{ id: 'a', action: 'test.understated_mail' }] })
    expect(failure?.message).toContain('it sends an e-mail, and its class is B')
    expect(mails).toHaveLength(before)
  })
})

/** These change the policy, so they come last. */
describe('the policy', () => {
  const policy = (given: Partial<typeof defaultGovernance>) =>
    setGovernance(house.database, house.tenantId, { ...defaultGovernance, ...given })
  const settle = async (given: Partial<typeof defaultGovernance>) => {
    await policy(given)
    // Classes go by rules that are two seconds old at most.
    engine.travel(3000)
  }

  test('names hosts as internal: what goes there needs nobody, and a redirect does not lead out of it', async () => {
    const { port } = new URL(outside.url)
    await settle({ internal_hosts: [`localhost:${port}`] })
    const inside = `http://localhost:${port}`
    const workflow = (path: string): Workflow => ({
      name: 'internal',
      steps: [{ id: 'a', action: 'http.request', config: { url: `${inside}${path}` } }],
    })
    expect(await failureOf(workflow('/internal'))).toBeUndefined()
    outside.redirects.set('/away', `${outside.url}/stolen`)
    expect(await failureOf(workflow('/away'))).toMatchObject({
      code: 'not_countersigned',
      message: expect.stringContaining(`it calls 127.0.0.1:${port}, which is not internal, and its class is B`),
    })
    expect([arrived('/internal'), arrived('/stolen')]).toEqual([1, 0])
  })

  test('raises an action: what was harmless is held', async () => {
    await settle({ raised: { log: 'C' } })
    const workflow: Workflow = { name: 'raised', steps: [{ id: 'a', action: 'log', config: { message: 'x' } }] }
    expect((await failureOf(workflow))?.code).toBe('not_countersigned')
    await give('raised')
    expect(await failureOf(workflow)).toBeUndefined()
  })

  test('that asks for nothing lets everything out, also what is understated', async () => {
    const none = { activate: 'none', schedule: 'none', run: 'none', send: 'none' } as const
    await settle({ classes: { A: none, B: none, C: none } })
    expect(await failureOf(call('open'))).toBeUndefined()
    const steps = [{ id: 'a', action: 'test.understated_call', config: { url: `${outside.url}/open` } }]
    expect(await failureOf({ name: 'open-liar', steps })).toBeUndefined()
    expect(arrived('/open')).toBe(2)
  })
})
