// Who a request is from: a session's cookie or an API key, resolved by one statement and remembered for seconds.

import { hash as hashOf } from 'node:crypto'
import { isPermission } from '../../kernel/access/permissions.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import type { Database } from '../../record/database.ts'
import { findKey, findSession, type Standing } from '../../record/sessions.ts'
import type { Principal } from '../principal.ts'
import { crossSiteProblem, type Headers } from './cross-site.ts'
import { KeyUses } from './key-uses.ts'
import { sessionCookieName, sessionToken, signInSecret } from './session-cookie.ts'
import { StandingCache } from './standing-cache.ts'

/** What a request shows of itself. Names of headers are in lower case. */
export interface Presented {
  readonly method: string
  readonly headers: Headers
  readonly address: string
  readonly requestId: string
}

export interface Authenticator {
  /** Problems: `unauthenticated`; `forbidden` for a request that another site forged, and for a user without a membership. */
  authenticate(presented: Presented): Promise<Result<Principal>>
  /** The session of a request, whether its user belongs to a tenant or not. */
  session(headers: Headers): Promise<Result<Standing>>
  /** From now on the database is asked about `subject`, such as `key:<id>`. */
  forget(subject: string): void
  forgetAll(): void
  /** Writes what has been gathered. */
  close(): Promise<void>
}

export interface AuthenticatorParts {
  readonly database: Pick<Database, 'identity'>
  readonly now: () => number
  readonly key: Buffer
  /** The public address, without a slash at its end. */
  readonly url: string
  readonly onTrouble: (error: Error) => void
}

/** Keys are told from whatever else may stand in the header by how they begin. */
const keyPattern = /^Bearer (cs_[\w-]{43})$/i

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  return new CachingAuthenticator(parts)
}

class CachingAuthenticator implements Authenticator {
  private readonly parts: AuthenticatorParts
  private readonly cookie: { readonly name: string; readonly secret: string }
  private readonly cache: StandingCache
  private readonly uses: KeyUses

  constructor(parts: AuthenticatorParts) {
    const { database, now, key, url, onTrouble } = parts
    this.parts = parts
    this.cookie = { name: sessionCookieName(url), secret: signInSecret(key) }
    this.cache = new StandingCache(now)
    this.uses = new KeyUses(database.identity, now, onTrouble)
  }

  async authenticate(presented: Presented): Promise<Result<Principal>> {
    const header = textOf(presented.headers['authorization'])
    if (header !== undefined) {
      const standing = await this.key(header)
      return standing.ok ? principalOf('key', standing.value, presented) : standing
    }
    const standing = await this.session(presented.headers)
    if (!standing.ok) return standing
    const forged = crossSiteProblem(presented.method, presented.headers, this.parts.url)
    return forged === undefined ? principalOf('session', standing.value, presented) : failed(forged)
  }

  async session(headers: Headers): Promise<Result<Standing>> {
    const { url, now } = this.parts
    const token = sessionToken(textOf(headers['cookie']), this.cookie.name, this.cookie.secret)
    if (token === undefined) return refused(`This needs a session or an API key. Sign in at ${url}/sign-in.`)
    const standing = token === null ? undefined : await this.resolve('session', token)
    if (standing === undefined) return refused('This session is not known. Sign in again.')
    if (isPast(standing.expiresAt, now())) return refused('This session has expired. Sign in again.')
    return ok(standing)
  }

  forget(subject: string): void {
    this.cache.forget(subject)
  }

  forgetAll(): void {
    this.cache.clear()
  }

  async close(): Promise<void> {
    await this.uses.flush()
  }

  private async key(header: string): Promise<Result<Standing>> {
    const text = keyPattern.exec(header)?.[1]
    if (text === undefined) return refused('The header Authorization must be `Bearer cs_…` with an API key.')
    const standing = await this.resolve('key', text)
    if (standing === undefined) return refused('This API key is not known.')
    if (standing.revokedAt !== null) return refused('This API key was revoked.')
    if (isPast(standing.expiresAt, this.parts.now())) return refused('This API key has expired.')
    if (standing.role === null) return refused('This API key belongs to nobody who may act any more.')
    this.uses.note(standing.id)
    return ok(standing)
  }

  private async resolve(kind: 'session' | 'key', text: string): Promise<Standing | undefined> {
    const { identity } = this.parts.database
    const hash = hashOf('sha256', text, 'hex')
    const known = this.cache.get(hash)
    if (known !== undefined) return known
    const found =
      kind === 'session' ? await findSession(identity, hash) : await findKey(identity, Buffer.from(hash, 'hex'))
    if (found !== undefined) this.cache.put(hash, kind, found)
    return found
  }
}

function principalOf(
  kind: 'session' | 'key',
  standing: Standing,
  { address, requestId }: Presented,
): Result<Principal> {
  const { tenantId, memberId, agentId, name, role, email, scopes, expiresAt } = standing
  const id = memberId ?? agentId
  if (tenantId === null) return failed(noMembership)
  if (id === null || role === null || name === null) {
    return refused('Your membership in this tenant has ended. Sign in again.')
  }
  const actor = {
    tenantId,
    kind: agentId === null ? 'member' : 'agent',
    id,
    name,
    channel: 'api',
    address,
    requestId,
  } as const
  return ok({
    ...actor,
    role,
    via: { kind, id: standing.id },
    ...(scopes !== null && { scopes: scopes.filter(isPermission) }),
    ...(email !== null && { email }),
    ...(expiresAt !== null && { expiresAt }),
  })
}

const noMembership: Problem = {
  code: 'forbidden',
  message: 'You are signed in, and a member of no tenant.',
  hint: 'Ask an owner or admin of a tenant to invite you.',
}

function refused(message: string): Result<never> {
  return failed({ code: 'unauthenticated', message })
}

const isPast = (moment: Date | null, now: number): boolean => moment !== null && moment.getTime() <= now

const textOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join('; ') : value
