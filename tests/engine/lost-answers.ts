// A database whose answers get lost: a statement is done, or still being done, and its connection seems to break.

import type { Pool } from '../../src/record/database.ts'

/** What a statement brought: the rows that it returned or changed. */
type Loses = (statement: string, client: object, rowCount: number) => boolean
type Callback = (error: Error | null, result?: unknown) => void

/**
 * From now on the answer to each statement that `loses` picks does not come. `statement` is its name, or else its text.
 * `early`: the connection breaks before the statement is done, which then goes on by itself.
 */
export function loseAnswers(pool: Pool, loses: Loses, when: 'late' | 'early' = 'late'): void {
  const wrapped = new WeakSet<object>()
  pool.on('acquire', (client) => {
    if (wrapped.has(client)) return
    wrapped.add(client)
    const query: Query = client.query.bind(client)
    const isLost = (given: unknown[], result?: unknown) => loses(nameOf(given[0]), client, rowCountOf(result))
    const ask = when === 'late' ? askLate : askEarly
    Object.assign(client, { query: (...given: unknown[]) => ask(query, given, isLost) })
  })
}

type Query = (...given: unknown[]) => unknown
type IsLost = (given: unknown[], result?: unknown) => boolean

const broken = (): Error => new Error('Connection terminated unexpectedly')

function askLate(query: Query, given: unknown[], isLost: IsLost): unknown {
  const last = given.at(-1)
  if (isCallback(last)) {
    const answer: Callback = (error, result) => (isLost(given, result) ? last(broken()) : last(error, result))
    return query(...given.slice(0, -1), answer)
  }
  return Promise.resolve(query(...given)).then((result) => {
    if (isLost(given, result)) throw broken()
    return result
  })
}

function askEarly(query: Query, given: unknown[], isLost: IsLost): unknown {
  if (!isLost(given)) return query(...given)
  const last = given.at(-1)
  if (isCallback(last)) {
    query(...given.slice(0, -1), () => undefined)
    return last(broken())
  }
  Promise.resolve(query(...given)).catch(() => undefined)
  return Promise.reject(broken())
}

function rowCountOf(result: unknown): number {
  const isResult = typeof result === 'object' && result !== null && 'rowCount' in result
  return isResult && typeof result.rowCount === 'number' ? result.rowCount : 0
}

const isCallback = (value: unknown): value is Callback => typeof value === 'function'

function nameOf(statement: unknown): string {
  if (typeof statement === 'string') return statement
  if (typeof statement !== 'object' || statement === null) return ''
  if ('name' in statement && typeof statement.name === 'string') return statement.name
  return 'text' in statement && typeof statement.text === 'string' ? statement.text : ''
}

/** Holds back the next answer to a statement, which is done at once, until it is released. */
export function holdAnswer(pool: Pool, name: string): { readonly done: Promise<void>; release(): void } {
  const query: (...given: unknown[]) => unknown = pool.query.bind(pool)
  const done = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const held = async (...given: unknown[]): Promise<unknown> => {
    if (nameOf(given[0]) !== name) return query(...given)
    Object.assign(pool, { query })
    const answer = await query(...given)
    done.resolve()
    await released.promise
    return answer
  }
  Object.assign(pool, { query: held })
  return { done: done.promise, release: released.resolve }
}
