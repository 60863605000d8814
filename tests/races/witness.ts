// Looks at the grants with statements of its own in the very snapshot in which the gate looks, and keeps what both saw.

import type { Pool, Queryable } from '../../src/record/database.ts'

interface Sight {
  readonly tenantId: string
  readonly executionId: string
  readonly versionId: string
  /** Of what would run now: made of the stored rows by the database, not by the product. */
  readonly closure: string
  /** Grants for exactly that which hold, each with an approval that was given for exactly that. */
  readonly valid: number
}

export interface Witness {
  /** For the gate. */
  readonly db: Queryable
  /** All that were seen for an execution, the last one last. */
  of(executionId: string): readonly Sight[]
  forget(): void
}

/** One child at most, which starts nothing. */
const sql = `with closure as (
    select encode(sha256(convert_to(format('{"children":{%s},"definition":"%s"}', coalesce((
        select string_agg(format('"%s":{"content_hash":"%s","version":%s}', w.name, c.content_hash, c.version), ',' order by w.name)
        from workflows w join workflow_versions c on c.tenant_id = w.tenant_id and c.workflow_id = w.id and c.version = w.current_version
        where w.tenant_id = $1 and w.name = any ($2::text[]) and w.status <> 'deleted'), ''), v.content_hash), 'UTF8')), 'hex') as hash
    from workflow_versions v where v.tenant_id = $1 and v.id = $3
  )
  select hash as closure, (select count(*)::integer from grants g left join approvals a on a.tenant_id = $1 and a.id = g.approval_id
    where g.tenant_id = $1 and g.version_id = $3 and (g.execution_id is null or g.execution_id = $4) and g.content_hash = hash
      and g.revoked_at is null and (g.expires_at is null or g.expires_at > $5)
      and (g.kind <> 'activation' or 'activate_workflow' = any (g.acts))
      and (g.approval_id is null or a.status = 'approved' and case a.kind
        when 'activation' then a.content_hash = hash
        else a.edit_hash is not null or a.content ->> 'closure_hash' = hash end)) as valid
  from closure`

export function createWitness(pool: Pool): Witness {
  const sights = new Map<string, Sight[]>()
  const look = async (question: { readonly values: readonly unknown[] }): Promise<unknown> => {
    const [tenantId, , versionId, executionId] = question.values.map(String)
    const client = await pool.connect()
    try {
      await client.query('begin isolation level repeatable read read only')
      const { rows } = await client.query<Pick<Sight, 'closure' | 'valid'>>(sql, [...question.values])
      const answer: unknown = await client.query({
        name: 'read_gate',
        text: textOf(question),
        values: [...question.values],
      })
      await client.query('commit')
      const [row] = rows
      const sight = { tenantId: tenantId ?? '', executionId: executionId ?? '', versionId: versionId ?? '' }
      if (row !== undefined)
        sights.set(sight.executionId, [...(sights.get(sight.executionId) ?? []), { ...sight, ...row }])
      return answer
    } finally {
      client.release()
    }
  }
  const query = (...given: unknown[]): unknown => {
    const [first] = given
    if (isGateQuestion(first)) return look(first)
    return Reflect.apply(pool.query.bind(pool), pool, given)
  }
  const db: Queryable = Object.assign(Object.create(pool), { query })
  return { db, of: (executionId) => sights.get(executionId) ?? [], forget: () => sights.clear() }
}

function isGateQuestion(given: unknown): given is { readonly name: string; readonly values: readonly unknown[] } {
  return typeof given === 'object' && given !== null && 'name' in given && given.name === 'read_gate'
}

function textOf(question: object): string {
  return 'text' in question ? String(question.text) : ''
}
