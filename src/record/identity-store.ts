// What better-auth stores its users, sessions and credentials through: the role of sign-in, and no other.

import { Kysely, PostgresDialect } from 'kysely'
import type { Database } from './database.ts'

/** Ends with the database it stands on. */
export function openIdentityStore({ identity }: Database): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool: identity }) })
}
