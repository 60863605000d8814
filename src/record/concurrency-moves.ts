// Executions that another version of their workflow puts under another concurrency limit, or under none.

import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'

export interface ConcurrencyMove extends ExecutionKey {
  readonly concurrency: { readonly key: string; readonly limit: number } | undefined
}

/** One that has begun keeps going and counts under its new key, even where that is above the limit. */
export async function moveConcurrency(client: Queryable, moves: readonly ConcurrencyMove[]): Promise<void> {
  await client.query({
    name: 'move_concurrency',
    text: `with moved as (
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[]) as m (tenant_id, id, key, most)
      ),
      kept as (
        update executions e set concurrency_key = m.key, concurrency_limit = m.most from moved m
        where e.tenant_id = m.tenant_id and e.id = m.id
      )
      update live_executions e set concurrency_key = m.key, concurrency_limit = m.most from moved m
      where e.tenant_id = m.tenant_id and e.id = m.id`,
    values: [
      moves.map((move) => move.tenantId),
      moves.map((move) => move.executionId),
      moves.map((move) => move.concurrency?.key ?? null),
      moves.map((move) => move.concurrency?.limit ?? null),
    ],
  })
}
