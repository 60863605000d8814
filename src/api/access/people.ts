// People of the house: who a request is from, how they sign in, and that every process hears when somebody's access ends.

import { setTimeout as pause } from 'node:timers/promises'
import type { JsonObject } from '../../kernel/json.ts'
import { failed, type Problem, type Result } from '../../kernel/problem.ts'
import { acceptInvitation, type Accepted, join } from '../../governance/invitations.ts'
import type { Letter, PeopleParts } from '../../governance/people-parts.ts'
import { appendAudit } from '../../record/audit.ts'
import { accessChannel, asTenant, type Database, inTransaction, listen } from '../../record/database.ts'
import { openIdentityStore } from '../../record/identity-store.ts'
import { lockInvitationsTo } from '../../record/invitations.ts'
import { chooseTenant, deleteExpiredSessions, notifyAccess } from '../../record/sessions.ts'
import { type Membership, membershipsOfUser } from '../../record/tenants.ts'
import {
  claimMembers,
  findUser,
  findUserByEmail,
  isExpected,
  proveEmail,
  type User,
  verifyEmail,
} from '../../record/users.ts'
import { type Authenticator, createAuthenticator } from './authenticate.ts'
import type { OidcConfig } from './better-auth.ts'
import { sessionCookieName, signInSecret } from './session-cookie.ts'
import { type Cookies, SignIn, type Visit } from './sign-in.ts'

export interface PeopleOptions {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
  /** The installation's key. */
  readonly key: Buffer
  readonly url: string
  readonly oidc: OidcConfig | undefined
  /** Sends a letter some time soon; absent where no mail server is configured. */
  readonly post: ((letter: Letter) => void) | undefined
  readonly log: (level: 'debug' | 'warn', message: string, detail: JsonObject) => void
}

export interface Acceptance {
  readonly token: string
  readonly name: string | undefined
  readonly password: string | undefined
}

/** Sessions that ended are swept out by those that begin, a few at a time. */
const mostSwept = 100
const sweepAfterMs = 86_400_000

export class People {
  readonly authenticator: Authenticator
  readonly signIn: SignIn
  /** What the rules about people take. */
  readonly parts: PeopleParts & { readonly database: Database }
  private readonly options: PeopleOptions
  private isClosed = false
  private endListening: (() => Promise<void>) | undefined

  constructor(options: PeopleOptions) {
    const { database, now, newId, key, url, post, log } = options
    this.options = options
    const onTrouble = (error: Error) =>
      log('warn', 'What keys were used for could not be written.', { error: error.message })
    this.authenticator = createAuthenticator({ database, now, key, url, onTrouble })
    const forgetAccess = (subject: string) => this.authenticator.forget(subject)
    this.parts = { database, now, newId, url, forgetAccess, ...(post !== undefined && { post }) }
    this.signIn = new SignIn(this.signInParts())
  }

  get oidcName(): string | undefined {
    return this.options.oidc?.name
  }

  get canMail(): boolean {
    return this.options.post !== undefined
  }

  /** Hears what other processes change, until it is closed. Until it does, and after a gap, a change is seen within seconds. */
  async start(): Promise<void> {
    const { database, log } = this.options
    this.endListening = await listen(
      database,
      [accessChannel],
      (_, subject) => this.authenticator.forget(subject),
      (error) => {
        log('warn', 'The connection that hears of access that ends broke.', { error: error.message })
        void this.restart()
      },
    )
    this.authenticator.forgetAll()
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.endListening?.()
    await this.authenticator.close()
  }

  /** Joins a tenant by invitation, and is signed in there. Problems: those of `acceptInvitation`. */
  async accept(visit: Visit, { token, name, password }: Acceptance): Promise<Result<Accepted & Cookies>> {
    const session = await this.authenticator.session(visit.headers)
    const { address, requestId } = visit
    const accepted = await this.inIdentity((client) =>
      acceptInvitation(this.parts, client, {
        token,
        userId: session.ok ? (session.value.userId ?? undefined) : undefined,
        name,
        hashPassword: password === undefined ? undefined : () => this.signIn.hashPassword(password),
        address,
        requestId,
      }),
    )
    if (!accepted.ok) return accepted
    const { user, tenant, isNewUser } = accepted.value
    if (!isNewUser && session.ok) {
      await this.choose(session.value.id, tenant.slug)
      return { ok: true, value: { ...accepted.value, cookies: [] } }
    }
    const signedIn = await this.signIn.withPassword(visit, user.email, password ?? '')
    return signedIn.ok ? { ok: true, value: { ...accepted.value, ...signedIn.value } } : signedIn
  }

  /** The tenant in which a session works from now on; false when its user is no member there. */
  async choose(sessionId: string, slug: string): Promise<boolean> {
    const { identity } = this.options.database
    const isChosen = await chooseTenant(identity, sessionId, slug)
    await this.endAccess(`session:${sessionId}`)
    return isChosen
  }

  async membershipsOf(userId: string): Promise<Membership[]> {
    return membershipsOfUser(this.options.database.identity, userId)
  }

  /** Writes into the audit of their tenant that somebody came or went. `cookie` is the session's. */
  async record(action: 'session.started' | 'session.ended', visit: Visit, cookie: string | undefined): Promise<void> {
    const headers = cookie === undefined ? visit.headers : { cookie }
    const principal = await this.authenticator.authenticate({ ...visit, method: 'GET', headers })
    if (!principal.ok || principal.value.via.kind !== 'session') return
    const { value: actor } = principal
    const object = { type: 'session', id: actor.via.id, name: actor.name }
    const at = new Date(this.options.now())
    await asTenant(this.options.database, actor.tenantId, (client) =>
      appendAudit(client, actor, { action, object, at }),
    )
  }

  /** The session's cookie among those that a browser is told to keep, as it will send it. */
  sessionCookieOf({ cookies }: Cookies): string | undefined {
    const name = `${sessionCookieName(this.options.url)}=`
    return cookies.find((cookie) => cookie.startsWith(name))?.split(';', 1)[0]
  }

  private signInParts() {
    const { database, now, newId, key, url, oidc, log } = this.options
    const { identity } = database
    return {
      url,
      now,
      newId,
      oidc,
      secret: signInSecret(key),
      store: openIdentityStore(database),
      log: (message: string) => log('debug', 'better-auth says something.', { message }),
      mailLink: (email: string, token: string) => void this.mailLink(email, token),
      sendReset: (email: string, token: string) => this.mailReset(email, token),
      isExpected: async (email: string) => isExpected(identity, email, new Date(now())),
      prove: async (email: string) => proveEmail(identity, email, new Date(now())),
      verified: async (userId: string) => verifyEmail(identity, userId),
      beginSession: async (userId: string) => this.beginSession(userId),
      endSession: async (sessionId: string) => this.endAccess(`session:${sessionId}`),
    }
  }

  /** Members and invitations that wait for a proven address become its user's. */
  private async beginSession(userId: string): Promise<string | null> {
    const { database, now } = this.options
    await deleteExpiredSessions(database.identity, new Date(now() - sweepAfterMs), mostSwept)
    const user = await findUser(database.identity, userId)
    if (user?.emailVerified === true) await claimMembers(database.identity, userId)
    let memberships = await this.membershipsOf(userId)
    if (user?.emailVerified === true && memberships.length === 0) {
      await this.joinAll(user, new Date(now()))
      memberships = await this.membershipsOf(userId)
    }
    return memberships[0]?.tenantId ?? null
  }

  private async joinAll(user: User, now: Date): Promise<void> {
    // Each in a transaction of its own, since each ends bound to its tenant.
    for (;;) {
      const joined = await this.inIdentity(async (client) => {
        const [invitation] = await lockInvitationsTo(client, user.email, now)
        if (invitation === undefined) return failed()
        return join(this.parts, client, invitation, user, { address: null, requestId: null })
      })
      if (!joined.ok) return
    }
  }

  /** What is refused is rolled back. */
  private async inIdentity<T>(
    work: (client: Parameters<typeof notifyAccess>[0]) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    try {
      return await inTransaction(this.options.database.identity, async (client) => {
        const result = await work(client)
        if (!result.ok) throw new Refused(result.problems)
        return result
      })
    } catch (error) {
      if (error instanceof Refused) return failed(...error.problems)
      throw error
    }
  }

  private async endAccess(subject: string): Promise<void> {
    this.authenticator.forget(subject)
    await notifyAccess(this.options.database.identity, subject)
  }

  private async mailLink(email: string, token: string): Promise<void> {
    const { database, now, url, post, log } = this.options
    const { identity } = database
    try {
      const isKnown =
        (await findUserByEmail(identity, email)) !== undefined || (await isExpected(identity, email, new Date(now())))
      if (!isKnown) return
      post?.({
        to: email,
        subject: 'Your link to sign in to Countersign',
        text: `Sign in within an hour, once:\n${url}/sign-in?token=${token}\n\nIf you did not ask for it, do nothing.\n`,
      })
    } catch (error) {
      log('warn', 'A link to sign in was not sent.', { error: error instanceof Error ? error.message : String(error) })
    }
  }

  private mailReset(email: string, token: string): void {
    const { url, post } = this.options
    post?.({
      to: email,
      subject: 'Set a new password for Countersign',
      text: `Set a new password within an hour:\n${url}/sign-in?reset=${token}\n\nIf you did not ask for it, do nothing.\n`,
    })
  }

  private async restart(): Promise<void> {
    for (let attempt = 0; !this.isClosed; attempt++) {
      await pause(Math.min(2000, 50 * 2 ** attempt), undefined, { ref: false })
      try {
        return await this.start()
      } catch {
        // The database is away; it is tried again.
      }
    }
  }
}

class Refused extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('Refused')
    this.problems = problems
  }
}
