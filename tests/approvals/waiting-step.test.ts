// What a step that waits for an approval promises: more time is more time, and an edit comes out of it.

import { expect, test } from 'vitest'
import { extendExpiry } from '../../src/governance/approval-moves.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { asTenant, type Queryable } from '../../src/record/database.ts'
import { lockGovernance, updateGovernance } from '../../src/record/policies.ts'
import { startTestEngine, until } from '../engine/engine.test-kit.ts'
import { newId } from '../setup/database.ts'
import { valueOf } from '../setup/triggers.ts'

const engine = await startTestEngine()
const { database, tenant } = engine
const dayMs = 86_400_000
const parts = { now: engine.now, newId, registry: createRegistry([]) }
const actor = operatorOf(tenant.id)
const within = <T>(work: (client: Queryable) => Promise<T>): Promise<T> => asTenant(database, tenant.id, work)

const definition = {
  name: 'pay',
  steps: [
    {
      id: 'ask',
      action: 'approval.request',
      config: { approvers: { role: 'cfo' }, expires_in: '2d', summary: 'Pay?', details: { amount: 7 } },
    },
  ],
  output: { outcome: '{{ steps.ask.outcome }}', output: '{{ steps.ask.output }}' },
}

async function waiting(): Promise<{ id: string; approvalId: string }> {
  const id = await engine.start(definition)
  await engine.parked(id)
  const [row] = await engine.rows<{ id: string }>('select id from approvals where execution_id = $1', [id])
  return { id, approvalId: row?.id ?? '' }
}

test('a step that was given more time expires then, and not before', async () => {
  const { id, approvalId } = await waiting()
  const expiresAt = new Date(engine.now() + 10 * dayMs)
  valueOf(await within((client) => extendExpiry(parts, client, actor, { approvalId, expiresAt })))
  const wakesAt = async () => (await engine.parked(id)).runnableAt?.getTime()
  await until(async () => ((await wakesAt()) === expiresAt.getTime() ? true : undefined))
  engine.travel(5 * dayMs)
  expect((await engine.execution(id)).status).toBe('waiting')
  engine.travel(6 * dayMs)
  const { execution } = await engine.ended(id)
  expect(execution.output).toMatchObject({ outcome: 'expired' })
  const [row] = await engine.rows<{ status: string }>('select status from approvals where id = $1', [approvalId])
  expect(row?.status).toBe('expired')
})

test('a step whose details were edited hands them on', async () => {
  await within(async (client) => {
    const governance = await lockGovernance(client, tenant.id, new Date())
    await updateGovernance(client, tenant.id, { ...governance, edit_and_approve: true }, new Date())
  })
  const { id, approvalId } = await waiting()
  const vote = { approvalId, memberId: tenant.members.cleo.id, vote: 'approve', edit: { amount: 5 } } as const
  expect(valueOf(await within((client) => decideApproval(parts, client, actor, vote))).status).toBe('approved')
  const { execution } = await engine.ended(id)
  expect(execution.output).toMatchObject({
    outcome: 'approved',
    output: { decision: 'approved', edited: true, details: { amount: 5 } },
  })
})
