// A governed tenant in which approvals race: people of each role, a council, an agent; whoever was removed is replaced.

import { randomUUIDv7 } from 'node:crypto'
import type { Officer } from '../../src/governance/people-parts.ts'
import type { MemberRole } from '../../src/kernel/access/permissions.ts'
import { defaultGovernance, type Governance } from '../../src/kernel/policy/governance-policy.ts'
import { insertCouncil } from '../../src/record/councils.ts'
import { asTenant, type Database, type Queryable } from '../../src/record/database.ts'
import { insertMember } from '../../src/record/members.ts'
import { lockPolicies, updateGovernance } from '../../src/record/policies.ts'
import { insertTenant } from '../../src/record/tenants.ts'
import type { Dice } from '../fuzz/dice.ts'

const roles = {
  olga: 'owner',
  adam: 'admin',
  anna: 'admin',
  fay: 'builder',
  fred: 'operator',
  finn: 'operator',
  bob: 'builder',
} as const satisfies Record<string, MemberRole>

export type Name = keyof typeof roles
export type Person = Officer & { readonly id: string }

/** Bob makes what the others decide on, and is asked himself. */
export const financeManagers: readonly Name[] = ['fay', 'fred', 'finn', 'bob']
export const governors: readonly Name[] = ['olga', 'adam', 'anna']
export const council = 'media'
export const councillors: readonly Name[] = ['adam', 'fay', 'fred', 'finn', 'bob']

export interface RaceTenant {
  readonly id: string
  /** By name, as they are now. */
  readonly people: Record<Name, Person>
  readonly agent: Person
}

/** `holdsRuns`: its policy holds single effects, and asks for nothing else. */
export async function createRaceTenant(database: Database, dice: Dice, holdsRuns: boolean): Promise<RaceTenant> {
  const id = randomUUIDv7()
  const now = new Date()
  await insertTenant(database.engine, { id, slug: `t-${id}`, name: 'Acme', createdAt: now })
  const facts = { tenantId: id, channel: 'api', address: null, requestId: null } as const
  const hire = async (name: Name): Promise<Person> => {
    const role = roles[name]
    const member = { tenantId: id, id: randomUUIDv7(), name, role, createdAt: now }
    const approverRoles = financeManagers.includes(name) ? ['finance_manager'] : []
    await insertMember(database.engine, { ...member, email: `${name}-${member.id}@acme.example`, approverRoles })
    return { ...facts, kind: 'member', id: member.id, name, role }
  }
  const people = {
    olga: await hire('olga'),
    adam: await hire('adam'),
    anna: await hire('anna'),
    fay: await hire('fay'),
    fred: await hire('fred'),
    finn: await hire('finn'),
    bob: await hire('bob'),
  }
  const agent: Person = { ...facts, kind: 'agent', id: randomUUIDv7(), name: 'Scribe', role: 'agent' }
  const threshold = dice.pick([2, 'majority', 3] as const)
  const board = { tenantId: id, id: randomUUIDv7(), name: council, title: 'Media', domain: 'media', threshold }
  const memberIds = councillors.map((name) => people[name].id)
  const governance = governanceOf(dice, holdsRuns)
  await asTenant(database, id, async (client) => {
    await insertCouncil(client, { ...board, memberIds, createdAt: now })
    await lockPolicies(client, id, now)
    await updateGovernance(client, id, governance, now)
  })
  return { id, people, agent }
}

function governanceOf(dice: Dice, holdsRuns: boolean): Governance {
  const { classes } = defaultGovernance
  const ask = { approvers: { roles: ['owner', 'admin'] }, quorum: dice.pick([1, 2]), expires_in: '1h' }
  const run = { approvers: { role: 'finance_manager' }, quorum: dice.pick([1, 2] as const), expires_in: '1h' }
  const C = holdsRuns
    ? { ...classes.C, activate: 'none' as const, run }
    : { ...classes.C, activate: ask, schedule: ask, send: ask }
  const separation = dice.falls(0.8) ? defaultGovernance.separation : (['requester', 'author'] as const)
  return { ...defaultGovernance, classes: { ...classes, C }, separation: [...separation], edit_and_approve: true }
}

/** Everybody is there again, sits where they sat, and nobody is away. */
export async function replenish(sql: Queryable, { id, people }: RaceTenant): Promise<void> {
  await sql.query(
    `with back as (update members set removed_at = null where tenant_id = $1 and removed_at is not null),
      returned as (delete from absences where tenant_id = $1),
      unseated as (delete from council_members where tenant_id = $1 and member_id <> all ($2::uuid[]))
      insert into council_members (tenant_id, council_id, member_id)
        select $1, c.id, m from councils c, unnest($2::uuid[]) m where c.tenant_id = $1 on conflict do nothing`,
    [id, councillors.map((name) => people[name].id)],
  )
}
