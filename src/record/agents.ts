// Agents: programs that act with a key. They are no members, so no audience means them and no vote is theirs.

import type { Queryable } from './database.ts'

export interface Agent {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly createdBy: string
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

const columns = `tenant_id as "tenantId", id, name, created_by as "createdBy", created_at as "createdAt", disabled_at as "disabledAt"`

/** False when the tenant has an agent of this name. */
export async function insertAgent(db: Queryable, agent: Omit<Agent, 'disabledAt'>): Promise<boolean> {
  const { tenantId, id, name, createdBy, createdAt } = agent
  const { rowCount } = await db.query(
    `insert into agents (tenant_id, id, name, created_by, created_at) values ($1, $2, $3, $4, $5)
      on conflict (tenant_id, name) do nothing`,
    [tenantId, id, name, createdBy, createdAt],
  )
  return rowCount === 1
}

export async function listAgents(
  db: Queryable,
  tenantId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly agents: Agent[]; readonly counted: number }> {
  const { rows: agents } = await db.query<Agent>(
    `select ${columns} from agents where tenant_id = $1 order by name, id limit $2 offset $3`,
    [tenantId, limit, offset],
  )
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from agents where tenant_id = $1`,
    [tenantId],
  )
  return { agents, counted: rows[0]?.count ?? 0 }
}

export async function findAgent(db: Queryable, tenantId: string, id: string): Promise<Agent | undefined> {
  const { rows } = await db.query<Agent>(`select ${columns} from agents where tenant_id = $1 and id = $2`, [
    tenantId,
    id,
  ])
  return rows[0]
}

/** Keeps the agent as it is until the transaction ends. */
export async function lockAgent(db: Queryable, tenantId: string, id: string): Promise<Agent | undefined> {
  const { rows } = await db.query<Agent>(`select ${columns} from agents where tenant_id = $1 and id = $2 for update`, [
    tenantId,
    id,
  ])
  return rows[0]
}

/** False when another agent of the tenant has the name. */
export async function updateAgent(
  db: Queryable,
  { tenantId, id, name, disabledAt }: Pick<Agent, 'tenantId' | 'id' | 'name' | 'disabledAt'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update agents set name = $3, disabled_at = $4 where tenant_id = $1 and id = $2
      and not exists (select from agents o where o.tenant_id = $1 and o.name = $3 and o.id <> $2)`,
    [tenantId, id, name, disabledAt],
  )
  return rowCount === 1
}
