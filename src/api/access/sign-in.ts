// Signing in and out: by password, by a link, by single sign-on. What better-auth does is asked for and answered here, so that
// nothing else knows its addresses, its words or its errors.

import { randomUUID } from 'node:crypto'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { Attempts } from './attempts.ts'
import {
  addressHeader,
  authPath,
  type BetterAuth,
  type BetterAuthParts,
  createBetterAuth,
  type OidcConfig,
  providerId,
} from './better-auth.ts'
import type { Headers as HeaderFields } from './cross-site.ts'

/** Who knocks. */
export interface Visit {
  readonly headers: HeaderFields
  readonly address: string
  readonly requestId: string
}

/** What the browser is to keep, each a `Set-Cookie`. */
export interface Cookies {
  readonly cookies: readonly string[]
}

export interface SignInParts extends Omit<BetterAuthParts, 'sendLink'> {
  readonly now: () => number
  readonly oidc: OidcConfig | undefined
  /** Mails a link, to those whom it leads somewhere. */
  mailLink(email: string, token: string): void
}

const windowMs = 300_000
const mostGuesses = 5
const mostLetters = 3
const mostOfAddress = 50
/** How long a provider that could not be reached is left alone. */
const providerPauseMs = 5000

export class SignIn {
  private readonly parts: SignInParts
  private readonly attempts: Attempts
  /** Links that are handed to whoever runs the house, and not mailed. */
  private readonly handedOver = new Map<string, string>()
  private auth: Promise<BetterAuth> | undefined
  private madeAt = 0

  constructor(parts: SignInParts) {
    this.parts = parts
    this.attempts = new Attempts(parts.now, windowMs)
  }

  /** The same answer for an unknown address and a wrong password, after the same work. */
  async withPassword(visit: Visit, email: string, password: string): Promise<Result<Cookies>> {
    const keys = { [`${visit.address} ${email.toLowerCase()}`]: mostGuesses, [visit.address]: mostOfAddress }
    if (!this.attempts.take(keys)) return failed(tooMany)
    const answer = await this.ask(visit, '/sign-in/email', { body: { email, password } })
    if (!answer.ok) return refused('The e-mail address or the password is wrong.')
    this.attempts.giveBack(keys)
    return ok(cookiesOf(answer))
  }

  /** Uses a link up. Problems: `gone`. */
  async withLink(visit: Visit, token: string): Promise<Result<Cookies>> {
    const keys = { [visit.address]: mostOfAddress }
    if (!this.attempts.take(keys)) return failed(tooMany)
    const answer = await this.ask(visit, `/magic-link/verify?token=${encodeURIComponent(token)}`, { method: 'GET' })
    if (!answer.ok) return failed(usedUp)
    this.attempts.giveBack(keys)
    return ok(cookiesOf(answer))
  }

  /** The same answer whether the address is known or not. */
  async askForLink(visit: Visit, email: string): Promise<Result<undefined>> {
    return this.askForLetter(visit, '/sign-in/magic-link', email)
  }

  async askForReset(visit: Visit, email: string): Promise<Result<undefined>> {
    return this.askForLetter(visit, '/request-password-reset', email)
  }

  /** Ends all sessions of the user. Problems: `gone`. */
  async resetPassword(visit: Visit, token: string, newPassword: string): Promise<Result<undefined>> {
    if (!this.attempts.take({ [visit.address]: mostOfAddress })) return failed(tooMany)
    const answer = await this.ask(visit, '/reset-password', { body: { token, newPassword } })
    return answer.ok ? ok(undefined) : failed(usedUp)
  }

  /** Ends all sessions of the user and begins another. */
  async changePassword(visit: Visit, currentPassword: string, newPassword: string): Promise<Result<Cookies>> {
    const keys = { [`${visit.address} change`]: mostGuesses }
    if (!this.attempts.take(keys)) return failed(tooMany)
    const body = { currentPassword, newPassword, revokeOtherSessions: true }
    const answer = await this.ask(visit, '/change-password', { body, withCookies: true })
    if (answer.status === 401) return refused('This session is not known. Sign in again.')
    if (!answer.ok)
      return failed({ code: 'invalid_input', message: 'The current password is wrong.', pointer: '/current_password' })
    this.attempts.giveBack(keys)
    return ok(cookiesOf(answer))
  }

  async signOut(visit: Visit): Promise<Cookies> {
    return cookiesOf(await this.ask(visit, '/sign-out', { body: {}, withCookies: true }))
  }

  /** Where the browser is to go. Problems: `not_configured`, `unavailable` (the provider does not answer). */
  async startProvider(visit: Visit): Promise<Result<Cookies & { readonly url: string }>> {
    const { oidc, url } = this.parts
    if (oidc === undefined)
      return failed({ code: 'not_configured', message: 'Single sign-on is not configured: set OIDC_ISSUER.' })
    if (!(await this.hasProvider())) {
      return failed({
        code: 'unavailable',
        message: `${oidc.name} does not answer. Try again, or sign in by password.`,
      })
    }
    const body = { provider: providerId, callbackURL: `${url}/docs`, errorCallbackURL: `${url}/sign-in` }
    const answer = await this.ask(visit, '/sign-in/social', { body })
    const given: unknown = await answer.json()
    const target = typeof given === 'object' && given !== null && 'url' in given ? given.url : undefined
    if (!answer.ok || typeof target !== 'string') throw new Error('The provider has no address to sign in at')
    return ok({ ...cookiesOf(answer), url: target })
  }

  /** `query` is what the provider sent the browser back with. Goes on at `url`, signed in or with the reason. */
  async finishProvider(
    visit: Visit,
    query: string,
  ): Promise<Cookies & { readonly url: string; readonly isSignedIn: boolean }> {
    await this.hasProvider()
    const answer = await this.ask(visit, `/callback/${providerId}${query}`, { method: 'GET', withCookies: true })
    const url = answer.headers.get('location') ?? `${this.parts.url}/sign-in?error=state_mismatch`
    return { ...cookiesOf(answer), url, isSignedIn: !new URL(url, this.parts.url).searchParams.has('error') }
  }

  /** A one-time link for somebody whom the house's operator vouches for. */
  async makeLink(email: string, name: string): Promise<string> {
    const errand = randomUUID()
    const visit = { headers: {}, address: '', requestId: errand }
    const answer = await this.ask(visit, '/sign-in/magic-link', { body: { email, name, metadata: { errand } } })
    const token = this.handedOver.get(errand)
    this.handedOver.delete(errand)
    if (!answer.ok || token === undefined) throw new Error(`No link could be made for ${email}`)
    return `${this.parts.url}/sign-in?token=${token}`
  }

  /** scrypt, as better-auth verifies it. */
  async hashPassword(password: string): Promise<string> {
    const { password: passwords } = await (await this.current()).$context
    return passwords.hash(password)
  }

  private async askForLetter(visit: Visit, path: string, email: string): Promise<Result<undefined>> {
    const keys = { [`letter ${email.toLowerCase()}`]: mostLetters, [visit.address]: mostOfAddress }
    if (!this.attempts.take(keys)) return failed(tooMany)
    await this.ask(visit, path, { body: { email } })
    return ok(undefined)
  }

  private async ask(visit: Visit, path: string, asked: Asked): Promise<Response> {
    const { method = 'POST', body, withCookies = false } = asked
    const { cookie, 'user-agent': agent } = visit.headers
    const { origin } = new URL(this.parts.url)
    // Where the request came from has been checked by then.
    const headers = new Headers({ 'content-type': 'application/json', origin, [addressHeader]: visit.address })
    if (withCookies && typeof cookie === 'string') headers.set('cookie', cookie)
    if (typeof agent === 'string') headers.set('user-agent', agent.slice(0, 300))
    const auth = await this.current()
    const request = new Request(`${this.parts.url}${authPath}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return auth.handler(request)
  }

  private current(): Promise<BetterAuth> {
    if (this.auth === undefined) {
      this.madeAt = this.parts.now()
      const sendLink: BetterAuthParts['sendLink'] = (email, token, metadata) => this.passOn(email, token, metadata)
      this.auth = createBetterAuth({ ...this.parts, sendLink })
      this.auth.catch(() => (this.auth = undefined))
    }
    return this.auth
  }

  /** better-auth asks for the provider's endpoints when it is made, and leaves out a provider that does not answer. */
  private async hasProvider(): Promise<boolean> {
    const { socialProviders } = await (await this.current()).$context
    const isThere = socialProviders.some(({ id }) => id === providerId)
    if (isThere || this.parts.oidc === undefined || this.parts.now() - this.madeAt < providerPauseMs) return isThere
    this.auth = undefined
    return this.hasProvider()
  }

  private passOn(email: string, token: string, metadata: unknown): void {
    const errand =
      typeof metadata === 'object' && metadata !== null && 'errand' in metadata ? metadata.errand : undefined
    if (typeof errand === 'string') this.handedOver.set(errand, token)
    else this.parts.mailLink(email, token)
  }
}

interface Asked {
  readonly method?: 'GET' | 'POST'
  readonly body?: object
  readonly withCookies?: boolean
}

/** Never the body of better-auth's answer: it repeats the token, which is for the cookie alone. */
function cookiesOf(answer: Response): Cookies {
  return { cookies: answer.headers.getSetCookie() }
}

const usedUp: Problem = {
  code: 'gone',
  message: 'This link was used, or it has expired.',
  hint: 'Ask for another.',
}

const tooMany: Problem = {
  code: 'rate_limited',
  message: 'Too many attempts. Try again in five minutes.',
}

function refused(message: string): Result<never> {
  return failed({ code: 'unauthenticated', message })
}
