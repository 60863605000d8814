// Steps that wait for an event: found by the event's type and by the fields it must carry.

import type { JsonObject, Json } from '../kernel/json.ts'
import type { Queryable } from './database.ts'
import type { ExecutionKey } from './journal.ts'
import { columnText, jsonText } from './json-text.ts'

export interface NewEventWait extends ExecutionKey {
  readonly step: string
  readonly item: number | undefined
  readonly event: string
  readonly match: JsonObject
}

export async function insertEventWaits(client: Queryable, waits: readonly NewEventWait[]): Promise<void> {
  await client.query({
    name: 'insert_event_waits',
    text: `insert into event_waits (tenant_id, execution_id, step, item, event, match)
      select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::text[], $6::jsonb[])
      on conflict (tenant_id, execution_id, step, item) do update set event = excluded.event, match = excluded.match`,
    values: [
      waits.map((wait) => wait.tenantId),
      waits.map((wait) => wait.executionId),
      waits.map((wait) => wait.step),
      waits.map((wait) => wait.item ?? -1),
      waits.map((wait) => columnText(wait.event)),
      waits.map((wait) => jsonText(wait.match)),
    ],
  })
}

/** The waits of a tenant that an event satisfies: of its type, and all of whose match fields its data carries. */
export async function findEventWaits(
  db: Queryable,
  tenantId: string,
  event: string,
  data: Json,
): Promise<{ executionId: string; step: string; item: number | undefined }[]> {
  const { rows } = await db.query<{ execution_id: string; step: string; item: number }>({
    name: 'find_event_waits',
    text: `select execution_id, step, item from event_waits where tenant_id = $1 and event = $2 and $3::jsonb @> match`,
    values: [tenantId, event, jsonText(data)],
  })
  return rows.map((row) => ({
    executionId: row.execution_id,
    step: row.step,
    item: row.item < 0 ? undefined : row.item,
  }))
}
