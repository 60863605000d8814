// `countersign dev`: ways in for whoever runs the house on this machine, before anybody has a password.

import { type Command, Option } from 'commander'
import { People } from '../../api/access/people.ts'
import { createApiKey } from '../../governance/api-keys.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import { type MemberRole, memberRoles } from '../../kernel/access/permissions.ts'
import { asTenant } from '../../record/database.ts'
import { listMembers, type Member } from '../../record/members.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { type TenantOption, tenantOption } from '../options.ts'
import { Refusal, refusalOf } from '../refusal.ts'

interface DevOptions extends TenantOption {
  readonly role: MemberRole
}

export function addDev(program: Command, line: CommandLine): void {
  const dev = program.command('dev').description('sign in, or get an API key, as a member of a role')
  dev
    .command('sign-in')
    .description('print a link that signs a member in once, within an hour')
    .addOption(roleOption())
    .addOption(tenantOption())
    .action(async ({ tenant, role }: DevOptions) => {
      await withOffice(line, tenant, async (office) => {
        const { email, name } = await memberOf(office, role)
        const people = peopleOf(office)
        office.terminal.print(await people.signIn.makeLink(email, name))
        await people.close()
      })
    })
  dev
    .command('api-key')
    .description('make an API key of a member, and print it')
    .addOption(roleOption())
    .addOption(tenantOption())
    .action(async ({ tenant, role }: DevOptions) => {
      await withOffice(line, tenant, async (office) => office.terminal.print(await keyOf(office, role)))
    })
}

const roleOption = (): Option =>
  new Option('--role <role>', 'the role of the member').choices(memberRoles).default('owner')

/** The first by name. */
async function memberOf({ house, tenant }: Office, role: MemberRole): Promise<Member> {
  const members = await listMembers(house.database.engine, tenant.id)
  const member = members.find((one) => one.role === role)
  if (member !== undefined) return member
  throw new Refusal('failed', `No member of the tenant "${tenant.slug}" has the role ${role}.`)
}

async function keyOf(office: Office, role: MemberRole): Promise<string> {
  const { house, tenant } = office
  const member = await memberOf(office, role)
  const officer = { ...operatorOf(tenant.id), role: 'owner' } as const
  const request = { name: 'countersign dev api-key', scopes: null, expiresAt: null }
  const made = await asTenant(house.database, tenant.id, (client) =>
    createApiKey(house, client, officer, { memberId: member.id }, request),
  )
  if (!made.ok) throw refusalOf(made.problems)
  return made.value.text
}

function peopleOf({ house }: Office): People {
  const { database, now, newId, key, config } = house
  return new People({ database, now, newId, key, url: config.url, oidc: undefined, post: undefined, log: () => {} })
}
