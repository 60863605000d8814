// A database whose answers get lost: a statement is done, or still being done, and its connection seems to break.

import type { Pool } from '../../src/record/database.ts'

/** `early`: before the statement is done. */
type Loses = (statement: string, client: object) => boolean | 'early'
type Callback = (error: Error | null, result?: unknown) => void

/** From now on the answer to each statement that `loses` picks does not come. `statement` is its name, or else its text. */
export function loseAnswers(pool: Pool, loses: Loses): void {
  const wrapped = new WeakSet<object>()
  pool.on('acquire', (client) => {
    if (wrapped.has(client)) return
    wrapped.add(client)
    const query: (...given: unknown[]) => unknown = client.query.bind(client)
    Object.assign(client, {
      query: (...given: unknown[]) => ask(query, given, (statement) => loses(statement, client)),
    })
  })
}

function ask(
  query: (...given: unknown[]) => unknown,
  given: unknown[],
  loses: (statement: string) => boolean | 'early',
): unknown {
  const lost = loses(nameOf(given[0]))
  const last = given.at(-1)
  const broken = () => new Error('Connection terminated unexpectedly')
  if (isCallback(last)) {
    const rest = given.slice(0, -1)
    if (lost === false) return query(...rest, last)
    if (lost === true) return query(...rest, () => last(broken()))
    query(...rest, () => undefined)
    return last(broken())
  }
  const done = Promise.resolve(query(...given))
  if (lost === false) return done
  if (lost === true) return done.then(() => Promise.reject(broken()))
  done.catch(() => undefined)
  return Promise.reject(broken())
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
