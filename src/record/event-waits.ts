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

export interface EventWait {
  readonly executionId: string
  readonly step: string
  readonly item: number | undefined
}

/** The waits of a tenant that an event satisfies: of its type, and all of whose match fields its data carries. */
export async function findEventWaits(
  db: Queryable,
  tenantId: string,
  event: string,
  data: Json,
): Promise<readonly EventWait[]> {
  const [waits = []] = await findWaitsOfEvents(db, [{ tenantId, type: event, data }])
  return waits
}

/** For each of the events the waits that it satisfies. */
export async function findWaitsOfEvents(
  db: Queryable,
  events: readonly { readonly tenantId: string; readonly type: string; readonly data: Json }[],
): Promise<readonly (readonly EventWait[])[]> {
  const { rows } = await db.query<{ position: number; execution_id: string; step: string; item: number }>({
    name: 'find_waits_of_events',
    text: `select g.position::integer as position, w.execution_id, w.step, w.item
      from unnest($1::uuid[], $2::text[], $3::jsonb[]) with ordinality as g (tenant_id, event, data, position)
      join event_waits w on w.tenant_id = g.tenant_id and w.event = g.event and g.data @> w.match`,
    values: [
      events.map((event) => event.tenantId),
      events.map((event) => columnText(event.type)),
      events.map((event) => jsonText(event.data)),
    ],
  })
  const found = events.map((): EventWait[] => [])
  for (const { position, execution_id: executionId, step, item } of rows)
    found[position - 1]?.push({ executionId, step, item: item < 0 ? undefined : item })
  return found
}
