// The secrets of tenants, opened: read once for many executions, kept for seconds, forgotten when they change.

import type { Problem } from '../../kernel/problem.ts'
import type { Queryable } from '../../record/database.ts'
import type { KeyRing } from '../../record/key-ring.ts'
import { readSealedSecrets, type SealedSecret, touchSecrets } from '../../record/sealed-secrets.ts'
import { unseal, type Unopened } from '../../record/sealing.ts'
import { secretPlace } from '../../record/secrets.ts'
import { Redactor } from './redactor.ts'

export interface TenantSecrets {
  /** By name; those that do not open are left out. */
  readonly values: Readonly<Record<string, string>>
  /** Why a secret does not open, by name. */
  readonly problems: ReadonlyMap<string, Problem>
  readonly redactor: Redactor
}

interface Parts {
  readonly db: Queryable
  readonly keys: KeyRing
  readonly now: () => number
  /** Secrets of every tenant; a tenant's own of the same name wins. */
  readonly shared: Readonly<Record<string, string>>
  readonly onTrouble: (error: Error) => void
}

interface Entry {
  readonly loading: Promise<Opened>
  readonly until: number
  /** Set once it is loaded. */
  opened?: Opened
}

interface Opened extends TenantSecrets {
  /** Tells whether they are still the same. */
  readonly versions: string
  readonly lastUsed: Map<string, number>
}

/** How long a change may go unseen by a process that does not hear of it. */
const freshMs = 5000
/** Tenants whose secrets are in memory at once. */
const most = 200
/** How exactly it is remembered when a secret was last used. */
const touchEveryMs = 3_600_000

export class SecretKeeper {
  private readonly parts: Parts
  private readonly entries = new Map<string, Entry>()

  constructor(parts: Parts) {
    this.parts = parts
  }

  /** A tenant's secrets, for an execution that uses those of these names. */
  async secretsOf(tenantId: string, names: readonly string[]): Promise<TenantSecrets> {
    const opened = await this.entryOf(tenantId).loading
    this.touch(tenantId, opened, names)
    return opened
  }

  /** What takes the secrets of a tenant out of a text, where they are at hand. */
  redactorAtHand(tenantId: string): Redactor | undefined {
    return this.entries.get(tenantId)?.opened?.redactor
  }

  /** They have changed. */
  forget(tenantId: string): void {
    this.entries.delete(tenantId)
  }

  private entryOf(tenantId: string): Entry {
    const known = this.entries.get(tenantId)
    if (known !== undefined && known.until > this.parts.now()) return known
    const loading = this.load(tenantId, known?.opened)
    const entry: Entry = { loading, until: this.parts.now() + freshMs }
    // A failure is not kept, and neither is what was read before it was forgotten.
    loading.then(
      (opened) => (entry.opened = opened),
      () => this.entries.get(tenantId) === entry && this.entries.delete(tenantId),
    )
    this.entries.delete(tenantId)
    this.entries.set(tenantId, entry)
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= most) break
      this.entries.delete(oldest)
    }
    return entry
  }

  private async load(tenantId: string, before: Opened | undefined): Promise<Opened> {
    const { db, keys, shared } = this.parts
    const rows = await readSealedSecrets(db, tenantId)
    const versions = rows.map(({ name, version, keyId, tag }) => `${name} ${version} ${keyId} ${tag.toString('hex')}`)
    if (before !== undefined && before.problems.size === 0 && before.versions === versions.join()) return before
    if (rows.some(({ keyId }) => keys.find(keyId) === undefined)) await keys.refresh()
    const values: Record<string, string> = { ...shared }
    const problems = new Map<string, Problem>()
    for (const row of rows) {
      const opened = unseal(keys, secretPlace(row.tenantId, row.name, row.version), row)
      if (typeof opened === 'object') values[row.name] = opened.text
      else problems.set(row.name, unopened(row, opened, keys.path))
      // Not the one of all tenants in the place of the tenant's own.
      if (typeof opened !== 'object') delete values[row.name]
    }
    const lastUsed = new Map(rows.map(({ name, lastUsedAt }) => [name, lastUsedAt?.getTime() ?? 0]))
    return { values, problems, redactor: new Redactor(values), versions: versions.join(), lastUsed }
  }

  /** Nobody waits for it: it is for people who look for secrets that nothing uses. */
  private touch(tenantId: string, { lastUsed }: Opened, names: readonly string[]): void {
    const now = this.parts.now()
    const stale = names.filter((name) => now - (lastUsed.get(name) ?? now) > touchEveryMs)
    if (stale.length === 0) return
    for (const name of stale) lastUsed.set(name, now)
    touchSecrets(this.parts.db, tenantId, stale, new Date(now)).catch(this.parts.onTrouble)
  }
}

function unopened({ name, keyId }: SealedSecret, reason: Unopened, keyFile: string): Problem {
  const message =
    reason === 'unknown key'
      ? `The secret ${name} cannot be opened: it was sealed with the key ${keyId}, which is not in the key file ${keyFile}.`
      : `The secret ${name} cannot be opened with the key file ${keyFile}: what is stored is not what was sealed for this tenant under this name.`
  const hint =
    reason === 'unknown key'
      ? 'Put that key back as a further line of the file, or set the secret again.'
      : 'Set the secret again, and find out who changed it.'
  return { code: 'not_configured', message, hint }
}
