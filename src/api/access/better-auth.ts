// better-auth, set up as the identity provider and nothing more: users, passwords, links, sessions, single sign-on.

import { APIError } from 'better-auth/api'
import { getAdapter } from 'better-auth/db/adapter'
import { betterAuth, type BetterAuthOptions } from 'better-auth/minimal'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { magicLink } from 'better-auth/plugins/magic-link'
import type { openIdentityStore } from '../../record/identity-store.ts'
import { hashTokens } from './hashed-tokens.ts'

export const authPath = '/api/v1/auth'
/** Names the provider in addresses: `/api/v1/auth/callback/oidc`. */
export const providerId = 'oidc'
/** Set by us on what is handed to better-auth, never taken from a caller. */
export const addressHeader = 'x-countersign-address'

const sessionSeconds = 7 * 86_400
const linkSeconds = 3600
export const shortestPassword = 12
export const longestPassword = 128

export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** What the button says. */
  readonly name: string
}

export interface BetterAuthParts {
  readonly url: string
  readonly secret: string
  readonly store: ReturnType<typeof openIdentityStore>
  readonly newId: () => string
  readonly oidc: OidcConfig | undefined
  readonly log: (message: string) => void
  sendLink(email: string, token: string, metadata: unknown): void
  sendReset(email: string, token: string): void
  /** Whether somebody who has no user may become one. */
  isExpected(email: string): Promise<boolean>
  /** A provider says that the address is theirs. */
  prove(email: string): Promise<void>
  /** They have answered mail, and set a password anew. */
  verified(userId: string): Promise<void>
  /** Settles what the user belongs to, and says which tenant the session begins in. */
  beginSession(userId: string): Promise<string | null>
  endSession(sessionId: string): Promise<void>
}

export type BetterAuth = Awaited<ReturnType<typeof createBetterAuth>>

export async function createBetterAuth(parts: BetterAuthParts) {
  const { url, secret, newId, oidc, log } = parts
  const stored = { ...tables, advanced: { database: { generateId: newId } } }
  const adapter = await getAdapter({ ...stored, database: { db: parts.store, type: 'postgres', transaction: true } })
  return betterAuth({
    appName: 'Countersign',
    baseURL: url,
    basePath: authPath,
    secret,
    ...tables,
    database: () => hashTokens(adapter),
    emailAndPassword: passwordsOf(parts),
    advanced: {
      cookiePrefix: 'countersign',
      useSecureCookies: url.startsWith('https:'),
      ...stored.advanced,
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    // The routes count attempts themselves: by address and by e-mail.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { log: (_, message) => log(message) },
    onAPIError: { errorURL: `${url}/sign-in` },
    databaseHooks: hooksOf(parts),
    plugins: [
      magicLink({
        expiresIn: linkSeconds,
        storeToken: 'hashed',
        sendMagicLink: ({ email, token, metadata }) => parts.sendLink(email, token, metadata),
      }),
      ...(oidc === undefined ? [] : [providerOf(oidc, parts)]),
    ],
  })
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** Names of tables and columns as in db/schema.sql. */
const tables = {
  user: { modelName: 'app_user', fields: { emailVerified: 'email_verified', ...times } },
  session: {
    expiresIn: sessionSeconds,
    disableSessionRefresh: true,
    fields: { userId: 'user_id', expiresAt: 'expires_at', ipAddress: 'ip_address', userAgent: 'user_agent', ...times },
    additionalFields: { tenantId: { type: 'string', required: false, input: false, fieldName: 'tenant_id' } },
  },
  account: {
    fields: {
      userId: 'user_id',
      accountId: 'account_id',
      providerId: 'provider_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      ...times,
    },
    // A sign-in under way is kept in the browser, encrypted, and not in a table.
    storeStateStrategy: 'cookie',
  },
  verification: { fields: { expiresAt: 'expires_at', ...times }, storeIdentifier: 'hashed' },
} as const satisfies Partial<BetterAuthOptions>

function passwordsOf(parts: BetterAuthParts) {
  return {
    enabled: true,
    // Users are made by invitations, and by the links of people who are expected.
    disableSignUp: true,
    minPasswordLength: shortestPassword,
    maxPasswordLength: longestPassword,
    revokeSessionsOnPasswordReset: true,
    sendResetPassword: async ({ user, token }) => parts.sendReset(user.email, token),
    onPasswordReset: async ({ user }) => parts.verified(user.id),
  } satisfies BetterAuthOptions['emailAndPassword']
}

function hooksOf(parts: BetterAuthParts) {
  return {
    user: {
      create: {
        before: async ({ email, emailVerified }) => {
          if (!emailVerified) throw new APIError('FORBIDDEN', { code: 'email_not_verified', message: email })
          if (!(await parts.isExpected(email))) throw new APIError('FORBIDDEN', { code: 'not_invited', message: email })
        },
      },
    },
    session: {
      create: {
        before: async (session) => ({ data: { ...session, tenantId: await parts.beginSession(session.userId) } }),
      },
      delete: { after: async ({ id }) => parts.endSession(id) },
    },
  } satisfies BetterAuthOptions['databaseHooks']
}

function providerOf({ issuer, clientId, clientSecret, name }: OidcConfig, parts: BetterAuthParts) {
  return genericOAuth({
    config: [
      {
        providerId,
        name,
        discoveryUrl: `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
        clientId,
        clientSecret,
        scopes: ['openid', 'email', 'profile'],
        pkce: true, // cspell:disable-line
        requireIdTokenVerification: true,
        mapProfileToUser: async ({ email, email_verified: isVerified, name: given, preferred_username: handle }) => {
          if (typeof email === 'string' && isVerified === true) await parts.prove(email)
          const label = [given, handle, email].find((text) => typeof text === 'string' && text !== '')
          return { emailVerified: isVerified === true, name: String(label) }
        },
      },
    ],
  })
}
