// Sealing: the digests of executions that have ended go into the audit of their tenant, in batches and off the hot path.

import { systemOf } from '../../kernel/access/actor.ts'
import { appendAudit, type AuditEntry } from '../../record/audit.ts'
import { lockSealCursor, moveSealCursor } from '../../record/audit-seals.ts'
import { type Database, inTransaction } from '../../record/database.ts'
import { digestExecutions, type ExecutionDigest } from '../../record/execution-digests.ts'
import { listChainHeads } from '../../record/audit-entries.ts'
import { beginning } from '../../record/feed-position.ts'
import { readFeed } from '../../record/feed.ts'

/** Rather seldom: each look reads what was written since the last one, and the seconds before it once more. */
export const sealEveryMs = 5000

/** Ends that one transaction seals: many, since each page of the feed costs as much as the seconds that lie behind it. */
const mostEnds = 10_000
/** Executions that one entry names. */
const mostInEntry = 200

/** Seals batch after batch until nothing is left for now. */
export async function sealAll(database: Database, now: () => number, isStopped: () => boolean): Promise<void> {
  while (!isStopped() && (await sealEnded(database, now)).isCut);
}

/** Says where each chain ends. Whoever keeps these lines elsewhere can tell that a whole chain was written anew. */
export async function sayHeads(
  database: Database,
  report: (level: 'info', message: string, detail: Readonly<Record<string, string | number>>) => void,
): Promise<void> {
  for (const { tenant, seq, hash } of await listChainHeads(database.engine)) {
    report('info', 'The audit of a tenant ends here.', { tenant, head: `${seq}:${hash}` })
  }
}

/** Returns how many executions it sealed, and whether there may be more right now; not while another process seals. */
export async function sealEnded(
  database: Database,
  now: () => number,
  limit = mostEnds,
): Promise<{ readonly sealed: number; readonly isCut: boolean }> {
  return inTransaction(database.engine, async (client) => {
    const position = await lockSealCursor(client)
    if (position === undefined) return { sealed: 0, isCut: false }
    const after = position ?? beginning
    const page = await readFeed(client, after, { limit, types: ['execution.ended'] })
    const digests = page.entries.length === 0 ? [] : await digestExecutions(client, page.entries)
    if (page.position !== after) await moveSealCursor(client, page.position)
    const byTenant = [...Map.groupBy(digests, ({ tenantId }) => tenantId)]
    // Chains are locked in one order, so that two transactions never wait for each other.
    for (const [tenantId, ended] of byTenant.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      await appendAudit(client, systemOf(tenantId), entriesOf(ended, new Date(now())))
    }
    return { sealed: digests.length, isCut: page.isCut }
  })
}

function entriesOf(ended: ExecutionDigest[], at: Date): AuditEntry[] {
  const sorted = ended.toSorted((a, b) => a.executionId.localeCompare(b.executionId) || a.seq - b.seq)
  const count = Math.ceil(sorted.length / mostInEntry)
  return Array.from({ length: count }, (_, index) => {
    const executions = sorted.slice(index * mostInEntry, (index + 1) * mostInEntry).map(sealOf)
    const [first, ...others] = executions
    const id = first === undefined || others.length > 0 ? '*' : first.id
    return { action: 'executions.settled', object: { type: 'execution', id }, after: { executions }, at }
  })
}

function sealOf({ executionId, seq, workflow, version, status, startedBy, digest }: ExecutionDigest) {
  return { id: executionId, workflow, version, status, started_by: startedBy, journal: seq, digest }
}
