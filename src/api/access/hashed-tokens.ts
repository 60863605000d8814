// Between better-auth and the database: sessions are stored under the hash of their token, and what providers hand out is not
// stored at all.

import { createHash } from 'node:crypto'
import type { DBAdapter, DBTransactionAdapter, Where } from 'better-auth/adapters'

interface Creation<T> {
  readonly model: string
  readonly data: Omit<T, 'id'>
  readonly select?: string[] | undefined
  readonly forceAllowId?: boolean | undefined
}

interface Update {
  readonly model: string
  readonly where: Where[]
  readonly update: Record<string, unknown>
}

/** Wraps an adapter; better-auth goes on with the plain token, which nobody else holds but the cookie. */
export function hashTokens(adapter: DBAdapter): DBAdapter {
  return {
    ...adapter,
    ...hashing(adapter),
    transaction: (work) => adapter.transaction((inner) => work(hashing(inner))),
  }
}

function hashing(adapter: DBTransactionAdapter): DBTransactionAdapter {
  return {
    ...adapter,
    create: async <T extends Record<string, unknown>, R = T>(given: Creation<T>) => {
      const row = await adapter.create<T, R>({ ...given, data: stored(given.model, given.data) })
      return shown(row, given.model, Object.entries(given.data).find(([field]) => field === 'token')?.[1])
    },
    findOne: async (given) => {
      const { model, where } = given
      return shown(await adapter.findOne({ ...given, where: hashedWhere(model, where) }), model, plainToken(where))
    },
    findMany: async (given) => adapter.findMany({ ...given, where: hashedWhere(given.model, given.where ?? []) }),
    count: async (given) => adapter.count({ ...given, where: hashedWhere(given.model, given.where ?? []) }),
    update: async <T>({ model, where, update }: Update) => {
      const row = await adapter.update<T>({ model, where: hashedWhere(model, where), update: stored(model, update) })
      return shown(row, model, plainToken(where))
    },
    updateMany: async ({ model, where, update }) =>
      adapter.updateMany({ model, where: hashedWhere(model, where), update: stored(model, update) }),
    delete: async ({ model, where }) => adapter.delete({ model, where: hashedWhere(model, where) }),
    deleteMany: async ({ model, where }) => adapter.deleteMany({ model, where: hashedWhere(model, where) }),
    consumeOne: async ({ model, where }) => adapter.consumeOne({ model, where: hashedWhere(model, where) }),
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

const unkept = { accessToken: null, refreshToken: null, idToken: null }

/** What is written of a row. */
function stored<Data extends object>(model: string, data: Data): Data {
  if (model === 'account') return Object.assign({}, data, unkept)
  const token: unknown = 'token' in data ? data.token : undefined
  return model === 'session' && typeof token === 'string' ? Object.assign({}, data, { token: hashOf(token) }) : data
}

function hashedWhere(model: string, where: readonly Where[]): Where[] {
  return where.map((one) => {
    if (model !== 'session' || one.field !== 'token') return one
    const { value } = one
    if (typeof value === 'string') return { ...one, value: hashOf(value) }
    return Array.isArray(value) ? { ...one, value: value.map((token) => hashOf(String(token))) } : one
  })
}

function plainToken(where: readonly Where[]): unknown {
  return where.find(({ field }) => field === 'token')?.value
}

/** The row as better-auth expects it back. */
function shown<Row>(row: Row, model: string, token: unknown): Row {
  if (model === 'session' && typeof row === 'object' && row !== null && typeof token === 'string') {
    Object.assign(row, { token })
  }
  return row
}
