// Users: people who sign in, whatever tenants they belong to. Everything here takes the role of sign-in.

import type { Queryable } from './database.ts'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly emailVerified: boolean
}

const columns = `id, email, name, email_verified as "emailVerified"`

export async function findUserByEmail(identity: Queryable, email: string): Promise<User | undefined> {
  const { rows } = await identity.query<User>(`select ${columns} from app_user where email = $1`, [email.toLowerCase()])
  return rows[0]
}

export async function findUser(identity: Queryable, id: string): Promise<User | undefined> {
  const { rows } = await identity.query<User>(`select ${columns} from app_user where id = $1`, [id])
  return rows[0]
}

export interface NewUser {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly emailVerified: boolean
  /** Of their password; without one they sign in by link or by a provider. */
  readonly passwordHash?: string
  readonly accountId: string
  readonly createdAt: Date
}

/** Undefined when there is a user of the address. */
export async function insertUser(identity: Queryable, user: NewUser): Promise<User | undefined> {
  const { id, email, name, emailVerified, passwordHash, accountId, createdAt } = user
  const { rows } = await identity.query<User>(
    `with made as (
        insert into app_user (id, email, name, email_verified, created_at, updated_at) values ($1, lower($2), $3, $4, $5, $5)
        on conflict (email) do nothing returning *
      ), credential as (
        insert into account (id, user_id, provider_id, account_id, password, created_at, updated_at)
        select $6, id, 'credential', id::text, $7, $5, $5 from made where $7::text is not null
      )
      select ${columns} from made`,
    [id, email, name, emailVerified, createdAt, accountId, passwordHash ?? null],
  )
  return rows[0]
}

/** Whether anybody waits for a user of this address: a member whom nobody has claimed, or an open invitation. */
export async function isExpected(identity: Queryable, email: string, now: Date): Promise<boolean> {
  const { rows } = await identity.query(
    `select from members where email = $1 and user_id is null and removed_at is null
      union all
      select from invitations where email = $1 and accepted_at is null and revoked_at is null and expires_at > $2 limit 1`,
    [email.toLowerCase(), now],
  )
  return rows.length > 0
}

/** The members of a proven address become those of its user. */
export async function claimMembers(identity: Queryable, userId: string): Promise<void> {
  await identity.query(
    `update members m set user_id = u.id from app_user u where u.id = $1 and u.email_verified and m.email = u.email
      and m.user_id is null and m.removed_at is null`,
    [userId],
  )
}

/**
 * Somebody has shown that mail to the address reaches them. What an unproven user of it had before, a password or a session
 * that somebody else may hold, is gone.
 */
export async function proveEmail(identity: Queryable, email: string, at: Date): Promise<void> {
  await identity.query(
    `with proven as (
        update app_user set email_verified = true, updated_at = $2 where email = $1 and not email_verified returning id
      ), no_accounts as (delete from account where user_id in (select id from proven))
      delete from session where user_id in (select id from proven)`,
    [email.toLowerCase(), at],
  )
}

/** Somebody has followed a link that was mailed to them and set a password anew. */
export async function verifyEmail(identity: Queryable, userId: string): Promise<void> {
  await identity.query(`update app_user set email_verified = true where id = $1 and not email_verified`, [userId])
}
