// What approvals of single effects promise: each waits for people, and what runs is exactly what they have seen.

import { expect, test } from 'vitest'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { defaultGovernance } from '../../src/kernel/policy/governance-policy.ts'
import type { Json } from '../../src/kernel/json.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import type { Actor } from '../../src/kernel/access/actor.ts'
import { standingOf } from '../../src/governance/approval-standing.ts'
import { pageOfApprovals } from '../../src/record/approval-lists.ts'
import { lockApproval } from '../../src/record/approvals.ts'
import { asTenant } from '../../src/record/database.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { until } from '../engine/engine.test-kit.ts'
import { newId, setGovernance } from '../setup/database.ts'
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
    message:
      'Step call (http.request) was not run: it was rejected by ana@acme.example ("Because."). Retry the step to ask again.',
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

/** This one changes the policy, so it comes last. */
test('who started the execution or made the version that runs may not decide', async () => {
  const { members } = engine.tenant
  const approvers = { members: [members.ana, members.ben, members.cleo].map(({ email }) => email) }
  await setGovernance(database, tenantId, {
    ...defaultGovernance,
    classes: { ...classes, C: { ...classes.C, activate: 'none', run: { approvers, quorum: 1 } } },
  })
  type Name = 'ana' | 'ben' | 'cleo'
  const actorOf = (name: Name): Actor => {
    const { id, name: called } = members[name]
    return { tenantId, kind: 'member', id, name: called, channel: 'api', address: null, requestId: null }
  }
  const parts = { now: engine.now, newId, registry: createRegistry([]) }
  const saveAs = (name: Name, workflow: Workflow) =>
    asTenant(database, tenantId, (client) => saveWorkflow(parts, client, actorOf(name), { workflow, source: '{}' }))
  const vote = async (name: Name, approvalId: string, choice: 'approve' | 'reject') => {
    const cast = { approvalId, memberId: members[name].id, vote: choice }
    const result = await asTenant(database, tenantId, (client) => decideApproval(parts, client, actorOf(name), cast))
    return result.ok ? result.value.status : result.problems.map(({ code, message }) => `${code}: ${message}`).join()
  }
  const waitsFor = async (name: Name) => {
    const filter = { status: 'pending', memberId: members[name].id, separation: defaultGovernance.separation } as const
    const now = new Date(engine.now())
    const list = await asTenant(database, tenantId, (client) =>
      pageOfApprovals(client, tenantId, { ...filter, limit: 50, offset: 0 }, now),
    )
    return list.map(({ id }) => id)
  }
  await saveAs('ben', call('duties'))
  const id = await engine.start(call('duties'), {}, { startedBy: `member:${members.ana.id}` })
  const [first] = await held(id)
  const approval = first?.id ?? ''
  expect(await vote('ana', approval, 'approve')).toContain('you asked for it')
  expect(await vote('ben', approval, 'approve')).toContain('you built it')
  for (const name of ['ana', 'ben'] as const) expect(await waitsFor(name)).not.toContain(approval)
  expect(await waitsFor('cleo')).toContain(approval)
  expect(await vote('cleo', approval, 'reject')).toBe('rejected')
  expect(await failureOf(id)).toMatchObject({ code: 'not_countersigned' })
  // Retried with a version that Cleo has made, it is hers: Ben's is gone.
  const { versionId } = await saveAs('cleo', { ...call('duties'), title: 'Mended' })
  await engine.signal(id, 'retry', { by: 'member:x', versionId })
  const [second] = await held(id)
  const another = second?.id ?? ''
  expect(await vote('cleo', another, 'approve')).toContain('forbidden: You')
  expect(await waitsFor('cleo')).not.toContain(another)
  expect(await waitsFor('ben')).toContain(another)
  expect(await vote('ben', another, 'approve')).toBe('approved')
  await until(async () => (arrived('duties') === 1 ? true : undefined))
})

test('of a draft that the clock converts, whoever submitted it has started the execution', async () => {
  const { ben, cleo } = engine.tenant.members
  const draftId = newId()
  await engine.rows(
    `insert into drafts (tenant_id, id, status, name, workflow, created_by, created_by_name, created_at, edited_by, edited_by_name,
        edited_at, submitted_by, submitted_at)
      values ($1, $2, 'pending_review', 'Planned', 'planned', $3, '', now(), $3, '', now(), $3, now())`,
    [tenantId, draftId, `member:${ben.id}`],
  )
  const id = await engine.start(call('planned'), {}, { startedBy: `draft:${draftId}` })
  const [approval] = await held(id)
  const standing = await asTenant(database, tenantId, async (client) => {
    const found = await lockApproval(client, tenantId, approval?.id ?? '')
    if (found === undefined) throw new Error('Nothing is held')
    return standingOf(client, found, new Date(engine.now()))
  })
  expect(standing.body.excluded).toEqual([ben.id])
  const list = async (memberId: string) => {
    const filter = { status: 'pending', memberId, separation: defaultGovernance.separation } as const
    return pageOfApprovals(database.engine, tenantId, { ...filter, limit: 50, offset: 0 }, new Date(engine.now()))
  }
  expect((await list(ben.id)).map((one) => one.id)).not.toContain(approval?.id)
  expect((await list(cleo.id)).map((one) => one.id)).toContain(approval?.id)
})
