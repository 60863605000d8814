// What approvals of single effects promise: each waits for people, and what runs is exactly what they have seen.

import { expect, test } from 'vitest'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { defaultGovernance } from '../../src/kernel/policy/governance-policy.ts'
import type { Json } from '../../src/kernel/json.ts'
import { until } from '../engine/engine.test-kit.ts'
import { setGovernance } from '../setup/database.ts'
import { openOutside, startGovernedEngine } from './gate.test-kit.ts'

const outside = await openOutside()
const { engine, database, tenantId } = await startGovernedEngine()
const classes = defaultGovernance.classes
const run = { approvers: { roles: ['owner'] }, quorum: 1, expires_in: '1h' }
await setGovernance(database, tenantId, {
  ...defaultGovernance,
  classes: { ...classes, C: { ...classes.C, activate: 'none', run } },
})

const call = (
  name: string,
  more: Partial<Workflow['steps'][number]> = {},
  body: string | Record<string, string> = 'x',
): Workflow => ({
  name,
  steps: [
    { id: 'call', action: 'http.request', config: { method: 'POST', url: `${outside.url}/${name}`, body }, ...more },
  ],
})

interface Held {
  readonly id: string
  readonly item: number | null
  readonly summary: string
  readonly details: Json
  readonly impact: string
}

const heldBy = (executionId: string) =>
  engine.rows<Held>(
    `select id, item, summary, details, impact from approvals where execution_id = $1 and kind = 'run' and status = 'pending' order by item`,
    [executionId],
  )

/** Waits until so many effects of an execution are held. */
const held = (executionId: string, count = 1) =>
  until(async () => {
    await engine.parked(executionId)
    const found = await heldBy(executionId)
    return found.length === count ? found : undefined
  })

/** As a vote that settles an approval does. */
async function decide(executionId: string, { id, item }: Held, decision: 'approved' | 'rejected'): Promise<void> {
  await engine.rows(`update approvals set status = $2, decided_at = now() where id = $1`, [id, decision])
  const votes = [
    { member: 'ana@acme.example', vote: decision === 'approved' ? 'approve' : 'reject', reason: 'Because.' },
  ]
  await engine.signal(executionId, 'approval', { ref: id, decision, votes }, 'call', item ?? undefined)
}

const arrived = (name: string): number => outside.calls.filter((path) => path === `/${name}`).length
const failureOf = async (id: string) => (await engine.ended(id)).execution.failure

test('an effect waits with its exact content, and leaves once approved', async () => {
  const id = await engine.start(call('asks', {}, { token: '{{ secrets.TOKEN }}', at: '{{ now }}' }))
  const [approval] = await held(id)
  if (approval === undefined) throw new Error('Nothing is held')
  expect(approval).toMatchObject({
    impact: 'C',
    summary: `HTTP request POST to ${outside.url}/asks (step call of workflow asks)`,
    details: { action: 'http.request', step: 'call', item: null, config: { body: { token: '[secret TOKEN]' } } },
  })
  expect(arrived('asks')).toBe(0)
  await decide(id, approval, 'approved')
  expect(await failureOf(id)).toBeNull()
  expect(arrived('asks')).toBe(1)
})

test('a rejection fails the step and says by whom', async () => {
  const id = await engine.start(call('rejected'))
  const [approval] = await held(id)
  if (approval !== undefined) await decide(id, approval, 'rejected')
  expect(await failureOf(id)).toMatchObject({
    code: 'not_countersigned',
    retry: false,
    message: 'Step call (http.request) was not run: it was rejected by ana@acme.example ("Because."). Retry the step to ask again.',
  })
  expect(arrived('rejected')).toBe(0)
})

test('each item asks for itself', async () => {
  const id = await engine.start(call('items', { for_each: { items: [1, 2], on_item_error: 'continue' } }))
  const [first, second] = await held(id, 2)
  if (first === undefined || second === undefined) throw new Error('Not both are held')
  expect(second.summary).toContain('(step call, item 2 of workflow items)')
  await decide(id, first, 'approved')
  await decide(id, second, 'rejected')
  await engine.ended(id)
  expect(arrived('items')).toBe(1)
})

test('another attempt does not ask again, a retry by a person does', async () => {
  outside.broken.add('/again')
  const id = await engine.start(call('again', { retry: { attempts: 2, initial: '1ms' } }))
  const [approval] = await held(id)
  if (approval !== undefined) await decide(id, approval, 'approved')
  expect((await failureOf(id))?.code).toBe('http_failed')
  expect(arrived('again')).toBe(2)
  outside.broken.delete('/again')
  await engine.signal(id, 'retry', { by: 'member:x' })
  const [another] = await held(id)
  expect(another?.id).not.toBe(approval?.id)
  expect(arrived('again')).toBe(2)
})

test('a decision that nobody stored, or about something else, opens nothing', async () => {
  const forged = await engine.start(call('forged'))
  const [approval] = await held(forged)
  await engine.signal(forged, 'approval', { ref: approval?.id ?? '', decision: 'approved', votes: [] }, 'call')
  expect((await failureOf(forged))?.message).toContain(`approval ${approval?.id} is pending`)
  const changed = await engine.start(call('changed'))
  const [other] = await held(changed)
  await engine.rows(
    `update approvals set content_hash = 'other', content = jsonb_set(content::jsonb, '{config,body}', '"y"') where id = $1`,
    [other?.id],
  )
  if (other !== undefined) await decide(changed, other, 'approved')
  expect((await failureOf(changed))?.message).toContain('Since then its config changed: body.')
  expect(arrived('forged') + arrived('changed')).toBe(0)
})

test('silence fails the step', async () => {
  const id = await engine.start(call('silent'))
  await held(id)
  engine.travel(2 * 3_600_000)
  expect((await failureOf(id))?.message).toContain('nobody decided on it in time')
  expect(await engine.rows(`select status from approvals where execution_id = $1`, [id])).toEqual([
    { status: 'expired' },
  ])
  expect(arrived('silent')).toBe(0)
})
