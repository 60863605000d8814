// A part of a transaction that can be taken back by itself.

import type { Queryable } from './database.ts'

/** What `work` wrote is taken back when it says so, or throws. */
export async function inSavepoint<T>(
  client: Queryable,
  work: () => Promise<T>,
  takesBack: (result: T) => boolean,
): Promise<T> {
  await client.query('savepoint part')
  try {
    const result = await work()
    await client.query(
      takesBack(result) ? 'rollback to savepoint part; release savepoint part' : 'release savepoint part',
    )
    return result
  } catch (error) {
    await client.query('rollback to savepoint part; release savepoint part').catch(() => undefined)
    throw error
  }
}
