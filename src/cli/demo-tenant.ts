// The tenant that a first start makes: somebody for every role, so that each approval finds its people.

import type { People } from '../api/access/people.ts'
import { inTransaction } from '../record/database.ts'
import { insertMember, listMemberPage, listMembers, type MemberRole } from '../record/members.ts'
import { findTenant, insertTenant, type Tenant } from '../record/tenants.ts'
import type { House } from '../main.ts'

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

/** Makes the tenant and its members where they are missing. Two first starts at once end with the same. */
export async function ensureDemoTenant({ database, now, newId }: House): Promise<Tenant> {
  const found = await findTenant(database.engine, demoSlug)
  if (found !== undefined) return found
  const createdAt = new Date(now())
  const tenant = { id: newId(), slug: demoSlug, name: 'Demo', packs: ['core'], createdAt }
  try {
    await inTransaction(database.engine, async (client) => {
      await insertTenant(client, tenant)
      for (const member of demoMembers) {
        await insertMember(client, {
          ...member,
          tenantId: tenant.id,
          id: newId(),
          email: emailOf(member.name),
          createdAt,
        })
      }
    })
    return tenant
  } catch (error) {
    // Another process was faster: the slug is unique, so its tenant is the only one.
    const other = await findTenant(database.engine, demoSlug)
    if (other !== undefined && (await listMembers(database.engine, other.id)).length > 0) return other
    throw error
  }
}

/** A one-time link for the owner of the demo tenant, until somebody has signed in there: nobody has a password yet. */
export async function firstSignIn({ database }: House, people: People, tenant: Tenant): Promise<string | undefined> {
  const page = { sort: 'created_at', limit: 200, offset: 0 } as const
  const { members } = await listMemberPage(database.engine, tenant.id, page)
  const owner = members.find(({ role }) => role === 'owner')
  if (owner === undefined || members.some(({ userId }) => userId !== null)) return undefined
  return people.signIn.makeLink(owner.email, owner.name)
}

function emailOf(name: string): string {
  return `${name.toLowerCase().split(' ', 1)[0] ?? name}@example.com`
}
