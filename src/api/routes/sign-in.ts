// Signing in and out over HTTP. The session is a cookie that no script reads; no answer repeats its token.

import { z } from 'zod'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { longestPassword, shortestPassword } from '../access/better-auth.ts'
import { crossSiteProblem } from '../access/cross-site.ts'
import type { Cookies, Visit } from '../access/sign-in.ts'
import type { ApiParts } from '../parts.ts'
import { type CallContext, route } from '../route.ts'
import { email } from '../shapes/person.ts'

const open = { open: 'Who is not signed in yet has to be able to.' }
const password = z.string().min(1).max(longestPassword)
const newPassword = z.string().min(shortestPassword).max(longestPassword)
const token = z.string().min(1).max(200)

const withPassword = route({
  method: 'POST',
  path: '/auth/sign-in/email',
  operation: 'signIn',
  tag: 'Sign-in',
  summary: 'Sign in with a password',
  description: 'Five wrong passwords within five minutes from one address close the door for that long.',
  access: open,
  problems: ['unauthenticated', 'forbidden'],
  body: z.strictObject({ email, password }),
  bodyExample: { email: 'ana@example.com', password: 'a long sentence is a good one' },
  answers: { 204: { description: 'Signed in: the session is in the cookie.' } },
  handle: (call) =>
    begin(call, (visit) => call.parts.people.signIn.withPassword(visit, call.body.email, call.body.password)),
})

const askForLink = route({
  method: 'POST',
  path: '/auth/sign-in/magic-link',
  operation: 'askForLink',
  tag: 'Sign-in',
  summary: 'Ask for a link to sign in',
  description: 'It is mailed, and good for an hour and once. The answer does not tell whether the address is known.',
  access: open,
  problems: ['not_configured', 'forbidden'],
  body: z.strictObject({ email }),
  bodyExample: { email: 'ana@example.com' },
  answers: { 202: { description: 'A link is on its way, if the address is known.' } },
  handle: (call) => askForLetter(call, (visit) => call.parts.people.signIn.askForLink(visit, call.body.email)),
})

const withLink = route({
  method: 'POST',
  path: '/auth/magic-link/verify',
  operation: 'signInWithLink',
  tag: 'Sign-in',
  summary: 'Sign in with a link',
  access: open,
  problems: ['gone', 'forbidden'],
  body: z.strictObject({ token }),
  bodyExample: { token: 'mHqZ…' },
  answers: { 204: { description: 'Signed in: the session is in the cookie.' } },
  handle: (call) => begin(call, (visit) => call.parts.people.signIn.withLink(visit, call.body.token)),
})

const startProvider = route({
  method: 'POST',
  path: '/auth/sign-in/oauth2',
  operation: 'startSingleSignOn',
  tag: 'Sign-in',
  summary: 'Begin single sign-on',
  access: open,
  problems: ['not_configured', 'forbidden'],
  answers: {
    200: {
      description: 'Where the browser goes next.',
      schema: z.strictObject({ url: z.url() }),
      example: { url: 'https://login.acme.example/authorize?client_id=countersign&response_type=code' },
    },
  },
  async handle(call) {
    const forged = forgedProblem(call)
    if (forged !== undefined) return failed(forged)
    const started = await call.parts.people.signIn.startProvider(visitOf(call))
    if (!started.ok) return started
    keep(call, started.value)
    return ok({ status: 200, body: { url: started.value.url } } as const)
  },
})

const finishProvider = route({
  method: 'GET',
  path: '/auth/callback/oidc',
  operation: 'finishSingleSignOn',
  tag: 'Sign-in',
  summary: 'Come back from single sign-on',
  description: 'Where the provider sends the browser. What went wrong is said on the page that it goes on to.',
  access: open,
  problems: [],
  query: z.looseObject({}),
  answers: {
    302: { description: 'On to the application, signed in or with the reason.', headers: { Location: 'Where to.' } },
  },
  async handle(call) {
    const visit = visitOf(call)
    const { search } = new URL(call.raw.request.url, call.parts.url)
    const finished = await call.parts.people.signIn.finishProvider(visit, search)
    keep(call, finished)
    if (finished.isSignedIn) await recordStart(call.parts, visit, finished)
    return ok({ status: 302, headers: { location: finished.url } } as const)
  },
})

const signOut = route({
  method: 'POST',
  path: '/auth/sign-out',
  operation: 'signOut',
  tag: 'Sign-in',
  summary: 'Sign out',
  access: open,
  problems: ['forbidden'],
  answers: { 204: { description: 'The session has ended.' } },
  async handle(call) {
    const forged = forgedProblem(call)
    if (forged !== undefined) return failed(forged)
    const visit = visitOf(call)
    await call.parts.people.record('session.ended', visit, undefined)
    keep(call, await call.parts.people.signIn.signOut(visit))
    return ok({ status: 204 } as const)
  },
})

const changePassword = route({
  method: 'POST',
  path: '/auth/change-password',
  operation: 'changePassword',
  tag: 'Sign-in',
  summary: 'Change my password',
  description: 'All other sessions end.',
  access: open,
  problems: ['unauthenticated', 'forbidden'],
  body: z.strictObject({ current_password: password, new_password: newPassword }),
  bodyExample: { current_password: 'what it was', new_password: 'a long sentence is a good one' },
  answers: { 204: { description: 'Changed, with a new session in the cookie.' } },
  handle: (call) => {
    const { current_password: before, new_password: after } = call.body
    return begin(call, (visit) => call.parts.people.signIn.changePassword(visit, before, after))
  },
})

const askForReset = route({
  method: 'POST',
  path: '/auth/request-password-reset',
  operation: 'askForPasswordReset',
  tag: 'Sign-in',
  summary: 'Ask for a link to set a new password',
  description: 'It is mailed, and good for an hour and once. The answer does not tell whether the address is known.',
  access: open,
  problems: ['not_configured', 'forbidden'],
  body: z.strictObject({ email }),
  bodyExample: { email: 'ana@example.com' },
  answers: { 202: { description: 'A link is on its way, if the address is known.' } },
  handle: (call) => askForLetter(call, (visit) => call.parts.people.signIn.askForReset(visit, call.body.email)),
})

const resetPassword = route({
  method: 'POST',
  path: '/auth/reset-password',
  operation: 'resetPassword',
  tag: 'Sign-in',
  summary: 'Set a new password',
  description: 'All sessions of the user end.',
  access: open,
  problems: ['gone', 'forbidden'],
  body: z.strictObject({ token, new_password: newPassword }),
  bodyExample: { token: 'mHqZ…', new_password: 'a long sentence is a good one' },
  answers: { 204: { description: 'Set. Sign in with it.' } },
  async handle(call) {
    const forged = forgedProblem(call)
    if (forged !== undefined) return failed(forged)
    const { token: given, new_password: after } = call.body
    const reset = await call.parts.people.signIn.resetPassword(visitOf(call), given, after)
    return reset.ok ? ok({ status: 204 } as const) : reset
  },
})

type Open = Pick<CallContext, 'parts' | 'request' | 'raw'>

/** Begins a session by `work`. */
async function begin(call: Open, work: (visit: Visit) => Promise<Result<Cookies>>) {
  const forged = forgedProblem(call)
  if (forged !== undefined) return failed(forged)
  const visit = visitOf(call)
  const signedIn = await work(visit)
  if (!signedIn.ok) return signedIn
  keep(call, signedIn.value)
  await recordStart(call.parts, visit, signedIn.value)
  return ok({ status: 204 } as const)
}

async function askForLetter(call: Open, work: (visit: Visit) => Promise<Result<undefined>>) {
  const forged = forgedProblem(call)
  if (forged !== undefined) return failed(forged)
  if (!call.parts.people.canMail) {
    const message = 'No mail server is configured, so no link can be mailed.'
    const hint = 'Set SMTP_URL; whoever runs Countersign can make a link: countersign dev sign-in.'
    return failed({ code: 'not_configured', message, hint } as const)
  }
  const asked = await work(visitOf(call))
  return asked.ok ? ok({ status: 202 } as const) : asked
}

/** A page of another site must not sign anybody in or out. A program that shows no origin and no cookie may. */
function forgedProblem({ parts, raw: { request } }: Open): Problem | undefined {
  return crossSiteProblem(request.method, request.headers, parts.url, request.headers.cookie !== undefined)
}

function visitOf({ request, raw }: Open): Visit {
  return { headers: raw.request.headers, address: request.address, requestId: request.id }
}

function keep({ raw }: Open, { cookies }: Cookies): void {
  if (cookies.length > 0) void raw.reply.header('set-cookie', [...cookies])
}

async function recordStart({ people }: ApiParts, visit: Visit, given: Cookies): Promise<void> {
  const cookie = people.sessionCookieOf(given)
  if (cookie !== undefined) await people.record('session.started', visit, cookie)
}

export const signInRoutes = [
  withPassword,
  askForLink,
  withLink,
  startProvider,
  finishProvider,
  signOut,
  changePassword,
  askForReset,
  resetPassword,
]
