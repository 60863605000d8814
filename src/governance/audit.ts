// The audit as it is verified and exported: is each entry what was appended, and is each execution what was sealed?

import { z } from 'zod'
import {
  ChainCheck,
  type ChainEntry,
  type ChainHead,
  type ChainPlace,
  type Fault,
  noHash,
} from '../record/audit-chain.ts'
import { findChainHash, lastBefore, readChain, readChainHead } from '../record/audit-entries.ts'
import type { Queryable } from '../record/database.ts'
import { digestExecutions, type ExecutionDigest } from '../record/execution-digests.ts'

export interface AuditWindow {
  /** Numbers of the first and the last entry; the whole chain when absent. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface ExecutionFault {
  readonly executionId: string
  /** Of the entry that sealed it. */
  readonly seq: number
  readonly message: string
}

export interface Verification {
  /** Entries that were looked at, and the numbers between which. */
  readonly entries: number
  readonly from: number
  readonly to: number
  readonly head: ChainHead
  /** The first thousand; `faultCount` counts all. */
  readonly faults: readonly Fault[]
  readonly faultCount: number
  readonly executions: {
    readonly checked: number
    /** Sealed, and gone since: retention deletes what is old. */
    readonly pruned: number
    readonly faults: readonly ExecutionFault[]
    readonly faultCount: number
  }
}

const pageSize = 500
const mostExecutionFaults = 1000

/**
 * Reads the entries of a tenant in order and computes everything anew, page by page. What is appended meanwhile is looked at
 * as well. A window is held against the hashes that its neighbours name; it ends early, after the entry with which
 * `mostExecutions` sealed executions were looked at.
 */
export async function verifyAudit(
  db: Queryable,
  tenantId: string,
  window: AuditWindow & { readonly mostExecutions?: number } = {},
): Promise<Verification> {
  const { from = 1, mostExecutions = Number.POSITIVE_INFINITY } = window
  let { to = Number.MAX_SAFE_INTEGER } = window
  const hash = from === 1 ? noHash : await findChainHash(db, tenantId, from - 1)
  const check = new ChainCheck(tenantId, { seq: from - 1, hash })
  const seals = new SealCheck(db, tenantId)
  for (let after = from - 1, entries = 0; ;) {
    const page = await readChain(db, tenantId, after, pageSize)
    for (const entry of page.entries) {
      if (entry.seq > to) break
      check.take(entry, page.head.seq)
      await seals.take(entry)
      entries++
      if (seals.count >= mostExecutions) to = entry.seq
    }
    after = page.entries.at(-1)?.seq ?? after
    const end = endOf(page.entries, page.head, to)
    if (end === undefined) continue
    const faults = check.end(end)
    const { faultCount } = check
    return { entries, from, to: end.seq, head: page.head, faults, faultCount, executions: seals.summary() }
  }
}

/** Where checking ends; undefined while there is more. */
function endOf(entries: readonly ChainEntry[], head: ChainHead, to: number): ChainPlace | undefined {
  const beyond = entries.find(({ seq }) => seq > to)
  if (beyond !== undefined) return { seq: to, hash: beyond.seq === to + 1 ? beyond.previous : undefined }
  if (entries.length >= pageSize) return undefined
  return head.seq > to ? { seq: to, hash: undefined } : head
}

const sealSchema = z.object({
  executions: z.array(z.object({ id: z.string(), journal: z.number(), digest: z.string() })),
})

type Seal = z.infer<typeof sealSchema>['executions'][number]

/** Computes the digests of sealed executions anew. A seal covers what was there then, so a later retry changes nothing of it. */
class SealCheck {
  private readonly db: Queryable
  private readonly tenantId: string
  private readonly faults: ExecutionFault[] = []
  private checked = 0
  private pruned = 0
  private faultCount = 0

  constructor(db: Queryable, tenantId: string) {
    this.db = db
    this.tenantId = tenantId
  }

  async take({ action, after, seq }: ChainEntry): Promise<void> {
    if (action !== 'executions.settled' || after === null) return
    const { success, data } = sealSchema.safeParse(JSON.parse(after))
    // What somebody wrote into the entry is the entry's fault, and said there.
    if (!success) return
    const keys = data.executions.map((seal) => ({ tenantId: this.tenantId, executionId: seal.id, seq: seal.journal }))
    const digests = await digestExecutions(this.db, keys)
    for (const seal of data.executions) {
      const found = digests.find((each) => each.executionId === seal.id && each.seq === seal.journal)
      if (found === undefined) this.pruned++
      else this.compare(seal, found, seq)
    }
  }

  private compare(seal: Seal, found: ExecutionDigest, seq: number): void {
    this.checked++
    const message = sayDifference(seal, found)
    if (message === undefined) return
    this.faultCount++
    if (this.faults.length < mostExecutionFaults) this.faults.push({ executionId: seal.id, seq, message })
  }

  get count(): number {
    return this.checked + this.pruned
  }

  summary(): Verification['executions'] {
    const { checked, pruned, faults, faultCount } = this
    return { checked, pruned, faults, faultCount }
  }
}

function sayDifference({ id, journal, digest }: Seal, found: ExecutionDigest): string | undefined {
  if (found.rows !== journal) return `Execution ${id}: its journal had ${journal} rows and has ${found.rows}.`
  if (found.digest !== digest) {
    return `Execution ${id}: its start, version, journal, approvals, votes or forms are not what they were when it ended.`
  }
  return found.endAgrees ? undefined : `Execution ${id}: its status, output or failure is not what its journal says.`
}

/** What is wrong with an entry, as a sentence. */
export function sayFault({ kind, seq, to, at, action }: Fault): string {
  const entry = `Entry ${seq} (${at}, ${action})`
  switch (kind) {
    case 'changed':
      return `${entry} was changed: its hash does not match.`
    case 'reordered':
      return `${entry} was moved: it belongs at ${to}.`
    case 'inserted':
      return `${entry} was inserted: the chain has no place for it.`
    case 'missing':
      return seq === to ? `Entry ${seq} is missing.` : `Entries ${seq} to ${to} are missing.`
  }
}

/** Whether the chain still goes through a head that was noted elsewhere; if not, a sentence that says so. */
export async function compareWithNoted(db: Queryable, tenantId: string, noted: ChainHead): Promise<string | undefined> {
  const hash = await findChainHash(db, tenantId, noted.seq)
  if (hash === noted.hash) return undefined
  if (hash === undefined) return `Entry ${noted.seq} was noted with the hash ${noted.hash} and is missing.`
  return `Entry ${noted.seq} was noted with the hash ${noted.hash} and has ${hash}: the chain was rewritten at or before it.`
}

export interface ExportWindow extends AuditWindow {
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** Reads within a transaction of its own, so that a slow reader holds none open. */
export type ReadPage = <T>(work: (db: Queryable) => Promise<T>) => Promise<T>

/**
 * The entries as lines of JSON, a page at a time, in order and without a gap, so that what was exported can be verified
 * elsewhere. `before` and `after` are JSON as text, as the hash covers them.
 */
export async function* exportAudit(
  read: ReadPage,
  tenantId: string,
  window: ExportWindow,
): AsyncGenerator<string, void> {
  const { since, until, from = 1, to = Number.MAX_SAFE_INTEGER } = window
  const bound = (moment: Date | undefined, none: number) =>
    moment === undefined ? none : read((db) => lastBefore(db, tenantId, moment))
  let after = Math.max(from - 1, await bound(since, 0))
  const last = Math.min(to, await bound(until, to), (await read((db) => readChainHead(db, tenantId))).seq)
  while (after < last) {
    const { entries } = await read((db) => readChain(db, tenantId, after, pageSize))
    const wanted = entries.filter(({ seq }) => seq <= last)
    if (wanted.length === 0) return
    yield wanted.map((entry) => `${exportLine(tenantId, entry)}\n`).join('')
    after = entries.at(-1)?.seq ?? last
  }
}

function exportLine(tenantId: string, entry: ChainEntry): string {
  const { seq, at, actorKind, actorId, actorName, channel, address, requestId } = entry
  const { action, objectType, objectId, objectName, before, after, previous, hash } = entry
  return JSON.stringify({
    tenant_id: tenantId,
    seq,
    at,
    actor_kind: actorKind,
    actor_id: actorId,
    actor_name: actorName,
    channel,
    address,
    request_id: requestId,
    action,
    object_type: objectType,
    object_id: objectId,
    object_name: objectName,
    before,
    after,
    previous,
    hash,
  })
}
