// The tenant that a first start makes: somebody for every role, so that each approval finds its people.

import type { People } from '../api/access/people.ts'
import { createCouncil } from '../governance/councils.ts'
import { operatorOf } from '../kernel/access/actor.ts'
import { asTenant, inTransaction } from '../record/database.ts'
import { insertMember, listMemberPage, listMembers, type MemberRole } from '../record/members.ts'
import { findTenant, insertTenant, type Tenant } from '../record/tenants.ts'
import type { House } from '../main.ts'
import { refusalOf } from './refusal.ts'

export const demoSlug = 'demo'

interface DemoMember {
  readonly name: string
  readonly role: MemberRole
  readonly approverRoles: readonly string[]
}

export const demoMembers: readonly DemoMember[] = [
  { name: 'Olivia Owner', role: 'owner', approverRoles: ['cfo'] },
  { name: 'Adam Admin', role: 'admin', approverRoles: ['finance_manager'] },
  { name: 'Bella Builder', role: 'builder', approverRoles: [] },
  { name: 'Oscar Operator', role: 'operator', approverRoles: ['buyer'] },
  { name: 'Vera Viewer', role: 'viewer', approverRoles: [] },
  { name: 'Fiona Finance', role: 'operator', approverRoles: ['finance_manager'] },
]

interface DemoCouncil {
  readonly name: string
  readonly title: string
  /** The category of the workflows and templates whose drafts it reviews. */
  readonly domain: string
  /** By name. Three seats: two votes are a majority, also where the third seat has built what is voted on. */
  readonly seats: readonly string[]
}

export const demoCouncils: readonly DemoCouncil[] = [
  {
    name: 'finance',
    title: 'Finance council',
    domain: 'finance',
    seats: ['Olivia Owner', 'Adam Admin', 'Fiona Finance'],
  },
  {
    name: 'operations',
    title: 'Operations council',
    domain: 'operations',
    seats: ['Adam Admin', 'Bella Builder', 'Oscar Operator'],
  },
  {
    name: 'content',
    title: 'Content council',
    domain: 'marketing',
    seats: ['Olivia Owner', 'Bella Builder', 'Vera Viewer'],
  },
]

/** Makes the tenant with its members and councils where it is missing; what was made of them since stays. Two first starts at once end with the same. */
export async function ensureDemoTenant(house: House): Promise<Tenant> {
  const { database, now, newId } = house
  const found = await findTenant(database.engine, demoSlug)
  if (found !== undefined) return found
  const createdAt = new Date(now())
  const tenant = { id: newId(), slug: demoSlug, name: 'Demo', packs: ['core'], createdAt }
  const members = demoMembers.map((member) => ({ ...member, id: newId(), email: emailOf(member.name) }))
  try {
    await inTransaction(database.engine, async (client) => {
      await insertTenant(client, tenant)
      for (const member of members) await insertMember(client, { ...member, tenantId: tenant.id, createdAt })
    })
  } catch (error) {
    // Another process was faster: the slug is unique, so its tenant is the only one.
    const other = await findTenant(database.engine, demoSlug)
    if (other !== undefined && (await listMembers(database.engine, other.id)).length > 0) return other
    throw error
  }
  await seatCouncils(house, tenant, members)
  return tenant
}

/** A one-time link for the owner of the demo tenant, until somebody has signed in there: nobody has a password yet. */
export async function firstSignIn({ database }: House, people: People, tenant: Tenant): Promise<string | undefined> {
  const page = { sort: 'created_at', limit: 200, offset: 0 } as const
  const { members } = await listMemberPage(database.engine, tenant.id, page)
  const owner = members.find(({ role }) => role === 'owner')
  if (owner === undefined || members.some(({ userId }) => userId !== null)) return undefined
  return people.signIn.makeLink(owner.email, owner.name)
}

type Seated = Pick<DemoMember, 'name'> & { readonly id: string }

async function seatCouncils(house: House, { id: tenantId }: Tenant, members: readonly Seated[]): Promise<void> {
  const officer = { ...operatorOf(tenantId), role: 'owner' } as const
  for (const { seats, ...council } of demoCouncils) {
    const memberIds = members.filter(({ name }) => seats.includes(name)).map(({ id }) => id)
    const made = await asTenant(house.database, tenantId, (client) =>
      createCouncil(house, client, officer, { ...council, threshold: 'majority', memberIds }),
    )
    if (!made.ok) throw refusalOf(made.problems)
  }
}

function emailOf(name: string): string {
  return `${name.toLowerCase().split(' ', 1)[0] ?? name}@example.com`
}
