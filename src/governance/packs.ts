// The packs of a tenant: which actions its workflows may use.

import type { Actor } from '../kernel/access/actor.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import type { Pack } from '../packs/kit.ts'
import type { Registry } from '../packs/registry.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { lockPacks, setPacks } from '../record/tenant-packs.ts'
import { findTenantById } from '../record/tenants.ts'
import { findWorkflowsUsing } from '../record/workflow-lists.ts'

interface PackParts {
  readonly registry: Registry
  readonly now: () => number
}

export interface TenantPack {
  readonly pack: Pack
  readonly isEnabled: boolean
}

/** Without it no workflow could do anything. */
export const requiredPack = 'core'
const mostNamed = 20

/** All packs of the installation, in the order in which they were registered. */
export async function listPacks(
  { registry }: PackParts,
  client: Queryable,
  tenantId: string,
): Promise<readonly TenantPack[]> {
  const tenant = await findTenantById(client, tenantId)
  return registry.packs().map((pack) => ({ pack, isEnabled: tenant?.packs.includes(pack.name) === true }))
}

/** Problems: `not_found`, `conflict` for the core pack and for one whose actions an active workflow uses. */
export async function switchPack(
  { registry, now }: PackParts,
  client: Queryable,
  actor: Actor,
  change: { readonly name: string; readonly enabled: boolean },
): Promise<Result<TenantPack>> {
  const { tenantId } = actor
  const { name, enabled } = change
  const pack = registry.packs().find((one) => one.name === name)
  if (pack === undefined) return failed({ code: 'not_found', message: `There is no pack "${name}".` })
  const before = await lockPacks(client, tenantId)
  if (before.includes(name) === enabled) return ok({ pack, isEnabled: enabled })
  const refused = enabled ? undefined : await whyNeeded(client, tenantId, pack)
  if (refused !== undefined) return failed({ code: 'conflict', ...refused })
  await setPacks(client, tenantId, enabled ? [...before, name] : before.filter((one) => one !== name))
  await appendAudit(client, actor, {
    action: enabled ? 'pack.enabled' : 'pack.disabled',
    object: { type: 'pack', id: name, name: pack.title },
    before: { enabled: !enabled },
    after: { enabled },
    at: new Date(now()),
  })
  return ok({ pack, isEnabled: enabled })
}

async function whyNeeded(
  client: Queryable,
  tenantId: string,
  { name, actions }: Pack,
): Promise<{ readonly message: string; readonly hint?: string } | undefined> {
  if (name === requiredPack) return { message: `The pack "${name}" cannot be disabled: every workflow needs it.` }
  const users = await findWorkflowsUsing(
    client,
    tenantId,
    actions.map((action) => action.name),
  )
  if (users.length === 0) return undefined
  const named = users.slice(0, mostNamed).map((user) => `"${user}"`)
  const others = users.length > mostNamed ? ` and ${users.length - mostNamed} more` : ''
  return {
    message: `Active workflows use actions of the pack "${name}": ${named.join(', ')}${others}.`,
    hint: 'Deactivate them first.',
  }
}
