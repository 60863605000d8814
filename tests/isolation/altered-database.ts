// The API's database, altered for tests: nothing that a request does is kept, and where asked to, no statement filters by
// tenant, so that row-level security is all that stands between tenants.

import type { PoolClient } from 'pg'
import type { Database } from '../../src/record/database.ts'

export interface Altered {
  readonly database: Database
  /** Conditions on the tenant that were taken out of statements so far. */
  removed(): number
  /** That those statements are about. */
  readonly tables: ReadonlySet<string>
}

const table = /\b(?:from|join|update)\s+(?:only\s+)?"?(\w+)/g
const condition = /(?:"?\w+"?\.)?"?tenant_id"? = (\$\d+)/g

export function alterDatabase(database: Database, options: { readonly withoutFilters: boolean }): Altered {
  let removed = 0
  const tables = new Set<string>()
  const alter = (text: string): string => {
    if (text === 'commit') return 'rollback'
    if (!options.withoutFilters) return text
    if (text.search(condition) >= 0) for (const [, name = ''] of text.matchAll(table)) tables.add(name)
    return text.replaceAll(condition, (_, parameter: string) => {
      removed++
      return `${parameter}::uuid is not null`
    })
  }
  const api = new Proxy(database.api, {
    get: (pool, name) => {
      if (name === 'connect') return async () => alteredClient(await pool.connect(), alter)
      const member: unknown = Reflect.get(pool, name)
      return typeof member === 'function' ? member.bind(pool) : member
    },
  })
  return { database: { ...database, api }, removed: () => removed, tables }
}

interface NamedQuery {
  readonly text: string
  readonly name?: string
}

/** Connections are shared with servers whose statements are as they were. */
function alterQuery(given: NamedQuery, alter: (text: string) => string): NamedQuery {
  const text = alter(given.text)
  return text === given.text || given.name === undefined
    ? { ...given, text }
    : { ...given, text, name: `${given.name}_bare` }
}

function alteredClient(client: PoolClient, alter: (text: string) => string): PoolClient {
  const query = (given: string | NamedQuery, ...rest: unknown[]): unknown => {
    const altered = typeof given === 'string' ? alter(given) : alterQuery(given, alter)
    return Reflect.apply(client.query, client, [altered, ...rest])
  }
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'query') return query
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
