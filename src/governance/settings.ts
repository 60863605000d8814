// Settings of a tenant.

import { failed, ok, type Result } from '../kernel/problem.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { findTenantById, renameTenant, type Tenant } from '../record/tenants.ts'
import type { Officer, PeopleParts } from './people-parts.ts'

export interface SettingsEdit {
  readonly name?: string | undefined
}

export async function findSettings(client: Queryable, { tenantId }: Officer): Promise<Result<Tenant>> {
  const tenant = await findTenantById(client, tenantId)
  return tenant === undefined ? failed({ code: 'not_found', message: 'There is no such tenant.' }) : ok(tenant)
}

/** Problems: those of `check`. */
export async function updateSettings(
  { now }: PeopleParts,
  client: Queryable,
  officer: Officer,
  edit: SettingsEdit,
  check: (tenant: Tenant) => Result<undefined>,
): Promise<Result<Tenant>> {
  const found = await findSettings(client, officer)
  if (!found.ok) return found
  const checked = check(found.value)
  if (!checked.ok) return checked
  const { id, slug, name: before } = found.value
  const { name = before } = edit
  await renameTenant(client, id, name)
  await appendAudit(client, officer, {
    action: 'settings.updated',
    object: { type: 'tenant', id, name: slug },
    before: { name: before },
    after: { name },
    at: new Date(now()),
  })
  return ok({ ...found.value, name })
}
