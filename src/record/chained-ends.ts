// Ends of executions that may start others, until somebody has looked at them.

import type { Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'

export interface ChainedEnd extends ExecutionKey {
  readonly workflow: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  readonly output: Json
  readonly depth: number
}

/** Locks ends that nobody has looked at, oldest first, passing over those that another holds. */
export async function lockChainedEnds(client: Queryable, limit: number): Promise<ChainedEnd[]> {
  const { rows } = await client.query<ChainedEnd>({
    name: 'lock_chained_ends',
    text: `select e.tenant_id as "tenantId", e.id as "executionId", w.name as workflow, d.status, d.output, e.depth
      from chained_ends c join executions e on e.tenant_id = c.tenant_id and e.id = c.execution_id
      join execution_ends d on d.tenant_id = c.tenant_id and d.id = c.execution_id
      join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
      order by c.ended_at limit $1 for update of c skip locked`,
    values: [limit],
  })
  return rows
}

export async function forgetChainedEnds(client: Queryable, ends: readonly ExecutionKey[]): Promise<void> {
  await client.query({
    name: 'forget_chained_ends',
    text: `delete from chained_ends c using unnest($1::uuid[], $2::uuid[]) as k (tenant_id, execution_id)
      where c.tenant_id = k.tenant_id and c.execution_id = k.execution_id`,
    values: [ends.map((end) => end.tenantId), ends.map((end) => end.executionId)],
  })
}
