// Tenants by id, read once in a while rather than for each execution.

import type { Queryable } from './database.ts'
import { findTenantById, type Tenant } from './tenants.ts'

/** How long a change of a tenant's packs may go unseen. */
const freshMs = 5000

export class TenantCache {
  private readonly db: Queryable
  private readonly now: () => number
  private readonly entries = new Map<string, { readonly tenant: Promise<Tenant>; readonly until: number }>()

  constructor(db: Queryable, now: () => number) {
    this.db = db
    this.now = now
  }

  /** Rejects when there is no such tenant. */
  get(id: string): Promise<Tenant> {
    const known = this.entries.get(id)
    if (known !== undefined && known.until > this.now()) return known.tenant
    const tenant = findTenantById(this.db, id).then((found) => {
      if (found !== undefined) return found
      throw new Error(`There is no tenant ${id}`)
    })
    this.entries.set(id, { tenant, until: this.now() + freshMs })
    tenant.catch(() => this.entries.delete(id))
    return tenant
  }
}
