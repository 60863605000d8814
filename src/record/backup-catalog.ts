// What a database holds, read from its catalogs: the tables that a backup copies, in the order in which they can be filled.

// cspell:ignore regnamespace relnamespace relkind relispartition nspname attnum attname attgenerated attisdropped attrelid inhparent inhrelid
// cspell:ignore confrelid conrelid contype relname relpartbound tgrelid tgisinternal schemaname sequencename
import pg from 'pg'
import type { Queryable } from './database.ts'

export interface CopiedTable {
  readonly name: string
  readonly columns: readonly string[]
}

export interface Partition {
  readonly table: string
  readonly name: string
  /** `FOR VALUES FROM (…) TO (…)` */
  readonly bound: string
}

/** Those of the product are in `public`; the list of migrations is made by the migrations themselves. */
const own = `c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  and c.relname <> 'schema_migrations'`

/** All tables, none before one that it refers to. */
export async function readTables(db: Queryable): Promise<CopiedTable[]> {
  const { rows } = await db.query<CopiedTable & { after: string[] }>(
    `select c.relname as name,
        array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and a.attgenerated = '' order by a.attnum) as columns,
        array(select distinct f.relname::text from pg_constraint k join pg_class f on f.oid = k.confrelid
          where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as after
      from pg_class c where ${own} order by c.relname`,
  )
  const tables: CopiedTable[] = []
  const placed = new Set<string>()
  while (tables.length < rows.length) {
    const free = rows.filter(({ name, after }) => !placed.has(name) && after.every((other) => placed.has(other)))
    if (free.length === 0) throw new Error('Tables refer to one another in a circle: they cannot be filled one by one.')
    for (const { name, columns } of free) {
      placed.add(name)
      tables.push({ name, columns })
    }
  }
  return tables
}

/** Those that were made for a time; a default partition is part of the schema. */
export async function readPartitions(db: Queryable): Promise<Partition[]> {
  const { rows } = await db.query<Partition>(
    `select p.relname as "table", c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
      from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
      where c.relnamespace = 'public'::regnamespace and c.relispartition
        and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT' order by c.relname`,
  )
  return rows
}

/** The numbers that identity columns have come to; null where none was given out. */
export async function readSequences(db: Queryable): Promise<Record<string, string | null>> {
  const { rows } = await db.query<{ name: string; last: string | null }>(
    `select sequencename as name, last_value::text as last from pg_sequences where schemaname = 'public' order by 1`,
  )
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]))
}

export async function readMigrations(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>('select name from schema_migrations order by name')
  return rows.map(({ name }) => name)
}

/** Tables with triggers of their own, which must not act on rows that were acted on before. */
export async function readTriggeredTables(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct c.relname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid where ${own} and not t.tgisinternal`,
  )
  return rows.map(({ name }) => name)
}

export const columnList = ({ columns }: CopiedTable): string =>
  columns.map((name) => pg.escapeIdentifier(name)).join(', ')
