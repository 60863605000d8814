// What approvals promise: who may vote votes once, and of all votes exactly one decides.

import { beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../../tests/setup/audit.ts'
import { createTestTenant, newId, openTestDatabase, type TestTenant } from '../../tests/setup/database.ts'
import { endExecution, newExecution, rowOf } from '../../tests/setup/executions.ts'
import { createTestTriggers, problemOf, type TestTriggers, valueOf } from '../../tests/setup/triggers.ts'
import { operatorOf } from '../kernel/access/actor.ts'
import { asTenant } from '../record/database.ts'
import { listVotes } from '../record/approval-votes.ts'
import { insertApprovals, type NewApproval } from '../record/approvals.ts'
import { startExecutions } from '../record/executions.ts'
import { insertMember } from '../record/members.ts'
import { readSignals } from '../record/signals.ts'
import { pendingApprovals } from './approvals.ts'
import { decideApproval, type Vote } from './decide.ts'

const database = openTestDatabase(12)
let house: TestTriggers
let tenant: TestTenant
let executionId: string
let approvalId: string

beforeEach(async () => {
  house = createTestTriggers(database)
  tenant = await createTestTenant(database)
  const { workflowId, versionId } = await house.save(tenant.id, { name: 'pay' })
  const execution = newExecution(tenant.id, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  executionId = execution.id
  approvalId = await ask({})
})

async function ask(given: Partial<NewApproval>): Promise<string> {
  const approval: NewApproval = {
    tenantId: tenant.id,
    executionId,
    id: newId(),
    step: 'sign_off',
    item: undefined,
    summary: 'Pay order 8841',
    details: { amount: 7 },
    approvers: { role: 'finance_manager' },
    quorum: 2,
    expiresAt: new Date(house.now() + 60_000),
    createdAt: new Date(house.now()),
    ...given,
  }
  await insertApprovals(database.engine, [approval])
  return approval.id
}

type Name = keyof TestTenant['members']
const vote = (by: Name, given: Partial<Vote> = {}, { id: tenantId } = tenant) => {
  const ballot = { approvalId, memberId: tenant.members[by].id, vote: 'approve', ...given } as const
  return asTenant(database, tenantId, (client) => decideApproval(house, client, operatorOf(tenantId), ballot))
}
const reject = (by: Name, reason = 'too dear') => vote(by, { vote: 'reject', reason })
const signals = () => readSignals(database.engine, [{ tenantId: tenant.id, executionId }])
async function status(): Promise<unknown> {
  const { rows } = await database.engine.query<{ status: string }>('select status from approvals where id = $1', [
    approvalId,
  ])
  return rows[0]?.status
}

describe('a vote', () => {
  test('that completes the quorum approves, and tells the step who voted what, when and why', async () => {
    expect(valueOf(await vote('ana', { reason: 'fine' }))).toEqual({ status: 'pending', approvals: 1, needed: 2 })
    expect(await signals()).toEqual([])
    house.moveClock(5000)
    expect(valueOf(await vote('ben'))).toEqual({ status: 'approved', approvals: 2, needed: 2 })
    expect(await status()).toBe('approved')
    expect(await signals()).toMatchObject([
      {
        kind: 'approval',
        step: 'sign_off',
        item: undefined,
        data: {
          decision: 'approved',
          votes: [
            { member: 'ana@acme.example', vote: 'approve', reason: 'fine', at: '2026-11-21T12:00:00.000Z' },
            { member: 'ben@acme.example', vote: 'approve', reason: null, at: '2026-11-21T12:00:05.000Z' },
          ],
        },
      },
    ])
    expect(await rowOf(database, executionId)).toMatchObject({ pending_signals: 1 })
  })

  test('against rejects at once where a number of approvers is asked for', async () => {
    expect(valueOf(await reject('ana'))).toEqual({ status: 'rejected', approvals: 0, needed: 2 })
    expect(await signals()).toMatchObject([
      { data: { decision: 'rejected', votes: [{ vote: 'reject', reason: 'too dear' }] } },
    ])
  })

  test('on one item of a list wakes that item', async () => {
    approvalId = await ask({ item: 3, quorum: 1 })
    valueOf(await vote('ana'))
    expect(await signals()).toMatchObject([{ step: 'sign_off', item: 3 }])
  })

  test.each([
    ['members by e-mail, in any case', { members: ['CLEO@acme.example'] }, 'cleo'],
    ['a council, which is who holds its name as an approver role', { council: 'cfo' }, 'cleo'],
    ['a membership role', { role: 'operator' }, 'dora'],
  ] as const)('may be asked of %s', async (_, approvers, who) => {
    approvalId = await ask({ approvers, quorum: 1 })
    expect(valueOf(await vote(who)).status).toBe('approved')
  })

  test('of a council only counts against it; a majority is more than half of all seats', async () => {
    approvalId = await ask({ approvers: { council: 'finance_manager' }, quorum: 1 })
    expect(valueOf(await reject('ana')).status).toBe('pending')
    expect(valueOf(await vote('ben')).status).toBe('approved')
    approvalId = await ask({ approvers: { council: 'finance_manager' }, quorum: 'majority' })
    expect(valueOf(await vote('ana'))).toEqual({ status: 'pending', approvals: 1, needed: 2 })
    expect(valueOf(await reject('ben')).status).toBe('rejected')
  })

  test('of who no longer is an approver does not count', async () => {
    valueOf(await vote('ana'))
    await database.engine.query(`update members set approver_roles = '{}' where id = $1`, [tenant.members.ana.id])
    expect(valueOf(await vote('ben'))).toEqual({ status: 'pending', approvals: 1, needed: 2 })
  })
})

describe('a vote is audited', () => {
  const entries = async () => (await auditOf(database, tenant.id)).slice(1)
  const of = () => ({ execution_id: executionId, step: 'sign_off', item: null })

  test('with who cast it for whom, and the decision that it brought', async () => {
    valueOf(await vote('ana', { reason: 'fine' }))
    valueOf(await vote('ben'))
    const object = { type: 'approval', id: approvalId, name: 'Pay order 8841' }
    const cast = (name: Name, reason: string | null) => {
      const member = tenant.members[name]
      const after = { member_id: member.id, member: member.name, vote: 'approve', reason, ...of() }
      return { action: 'approval.voted', actor: 'operator', object, before: null, after }
    }
    const after = { status: 'approved', approvals: 2, needed: 2, ...of() }
    expect(await entries()).toEqual([
      cast('ana', 'fine'),
      cast('ben', null),
      { action: 'approval.approved', actor: 'operator', object, before: { status: 'pending' }, after },
    ])
  })

  test('also when it came too late, and not when it was refused', async () => {
    problemOf(await vote('dora'))
    expect(await entries()).toEqual([])
    approvalId = await ask({ quorum: 1 })
    await endExecution(database, executionId, 'cancelled')
    problemOf(await vote('ana'))
    expect((await entries()).map(({ action }) => action)).toEqual(['approval.voted', 'approval.cancelled'])
  })
})

describe('a vote is refused', () => {
  test('on an approval that does not exist, or is another tenant’s', async () => {
    expect(problemOf(await vote('ana', { approvalId: newId() })).code).toBe('not_found')
    const other = await createTestTenant(database)
    expect(problemOf(await vote('ana', { memberId: other.members.ana.id }, other))).toEqual({
      code: 'not_found',
      message: `There is no approval ${approvalId}.`,
    })
  })

  test('from who is not asked, naming who is', async () => {
    expect(problemOf(await vote('dora'))).toEqual({
      code: 'forbidden',
      message: 'Only finance_manager may decide this: Ana and Ben.',
    })
    approvalId = await ask({ approvers: { council: 'media' } })
    expect(problemOf(await vote('dora')).message).toBe(
      'Only council "media" may decide this, and nobody is that now. Add a member.',
    )
    approvalId = await ask({ approvers: { role: 'judge' } })
    expect(problemOf(await vote('dora')).message).toContain('Give a member the role judge.')
    approvalId = await ask({ approvers: { members: ['ana@acme.example'] } })
    expect(problemOf(await vote('dora')).message).toBe('Only those named may decide this: Ana.')
    expect(problemOf(await vote('dora', { memberId: newId() })).code).toBe('forbidden')
  })

  test('from who has voted, saying what and when', async () => {
    valueOf(await vote('ana'))
    house.moveClock(90_000 - 60_001)
    expect(problemOf(await reject('ana'))).toEqual({
      code: 'conflict',
      message: 'You approved this 29 s ago. A vote cannot be changed.',
    })
    approvalId = await ask({ approvers: { council: 'finance_manager' }, quorum: 1 })
    valueOf(await reject('ana'))
    expect(problemOf(await vote('ana')).message).toContain('You rejected this just now.')
  })

  test('after the decision, saying who decided and when', async () => {
    valueOf(await vote('ana'))
    valueOf(await vote('ben'))
    house.moveClock(12_000)
    expect(problemOf(await vote('ana'))).toEqual({ code: 'conflict', message: 'Approved by Ana and Ben 12 s ago.' })
    approvalId = await ask({})
    valueOf(await reject('ben'))
    expect(problemOf(await vote('ana')).message).toBe('Rejected by Ben just now.')
  })

  test('after the time is up, even when nobody has closed it yet', async () => {
    house.moveClock(60_000)
    expect(problemOf(await vote('ana'))).toEqual({ code: 'conflict', message: 'Expired just now.' })
    expect(await listVotes(database.engine, tenant.id, approvalId)).toEqual([])
  })

  test.each([
    ['expired', 'Expired just now.'],
    ['cancelled', 'Cancelled with its execution just now.'],
  ])('once it is %s', async (ended, message) => {
    await database.engine.query(`update approvals set status = $2, decided_at = $3 where id = $1`, [
      approvalId,
      ended,
      new Date(house.now()),
    ])
    expect(problemOf(await vote('ana'))).toEqual({ code: 'conflict', message })
  })

  test('when its execution has ended, and the approval is closed', async () => {
    approvalId = await ask({ quorum: 1 })
    await endExecution(database, executionId, 'cancelled')
    expect(problemOf(await vote('ana'))).toMatchObject({ code: 'conflict', message: /its execution has ended/ })
    expect(await status()).toBe('cancelled')
  })
})

describe('votes at the same moment', () => {
  test('make exactly one decision and one signal', async () => {
    for (let round = 0; round < 10; round++) {
      approvalId = await ask({ quorum: 1 })
      const before = (await signals()).length
      const results = await Promise.all([vote('ana'), vote('ben'), reject('ana'), reject('ben'), vote('ana')])
      const decided = results.filter((result) => result.ok && result.value.status !== 'pending')
      expect(decided).toHaveLength(1)
      expect(await listVotes(database.engine, tenant.id, approvalId)).toHaveLength(1)
      expect(await signals()).toHaveLength(before + 1)
    }
  })

  test('of many members reach the quorum with the last that is needed', async () => {
    const members = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        insertMember(database.engine, {
          ...tenant.members.dora,
          id: newId(),
          email: `M${index}@acme.example`,
          approverRoles: ['judge'],
        }),
      ),
    )
    approvalId = await ask({ approvers: { role: 'judge' }, quorum: 'majority' })
    const results = await Promise.all(members.map(({ id }) => vote('ana', { memberId: id })))
    expect(results.filter((result) => result.ok && result.value.status === 'approved')).toHaveLength(1)
    expect(results.filter((result) => result.ok && result.value.status === 'pending')).toHaveLength(6)
    expect(results.filter((result) => !result.ok)).toHaveLength(5)
    expect(await signals()).toHaveLength(1)
  })
})

describe('pending approvals', () => {
  const list = (filter = {}) => pendingApprovals(house, tenant.id, { limit: 10, offset: 0, ...filter })
  const waitingFor = async (who: Name) => (await list({ memberId: tenant.members[who].id })).map(({ id }) => id)

  test('come with their workflow and votes, those that expire first in front', async () => {
    const endless = await ask({ expiresAt: undefined, item: 4 })
    const soon = await ask({ expiresAt: new Date(house.now() + 10) })
    valueOf(await vote('ana'))
    expect((await list()).map(({ id }) => id)).toEqual([soon, approvalId, endless])
    expect((await list({ offset: 1, limit: 1 }))[0]).toMatchObject({
      id: approvalId,
      workflow: 'pay',
      approvals: 1,
      step: 'sign_off',
      summary: 'Pay order 8841',
      details: { amount: 7 },
      quorum: 2,
      approvers: { role: 'finance_manager' },
    })
    house.moveClock(10)
    expect((await list()).map(({ id }) => id)).toEqual([approvalId, endless])
    expect(await list({ executionId: newId() })).toEqual([])
    expect(await pendingApprovals(house, (await createTestTenant(database)).id, { limit: 10, offset: 0 })).toEqual([])
  })

  test('wait for a member who is asked and has not voted', async () => {
    const [byName, byCouncil, byRole] = [
      await ask({ approvers: { members: ['DORA@acme.example'] } }),
      await ask({ approvers: { council: 'cfo' } }),
      await ask({ approvers: { role: 'owner' } }),
    ]
    expect(await waitingFor('dora')).toEqual([byName])
    expect(await waitingFor('cleo')).toEqual([byCouncil])
    expect((await waitingFor('ana')).toSorted()).toEqual([approvalId, byRole].toSorted())
    valueOf(await vote('ana'))
    expect(await waitingFor('ana')).toEqual([byRole])
    expect(await waitingFor('ben')).toEqual([approvalId])
  })
})
