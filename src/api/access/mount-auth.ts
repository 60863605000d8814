// `/sign-in`: the page, and what its forms do. A GET changes nothing: those who scan mail follow every link.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { failed, ok, type Problem, problemKinds, type Result } from '../../kernel/problem.ts'
import { label } from '../shapes/person.ts'
import { longestPassword, shortestPassword } from './better-auth.ts'
import { crossSiteProblem } from './cross-site.ts'
import type { People } from './people.ts'
import { onwardPage, type PageFacts, pageHeaders, type PagePurpose, signInPage } from './sign-in-page.ts'
import type { Cookies, Visit } from './sign-in.ts'

export interface AuthMounting {
  /** Undefined while the house is not open yet. */
  readonly people: () => People | undefined
  /** IP address of the caller. */
  readonly addressOf: (request: FastifyRequest) => string
}

const formType = 'application/x-www-form-urlencoded'
const mostFormBytes = 10_000

export async function mountAuth(app: FastifyInstance, mounting: AuthMounting): Promise<void> {
  await app.register(async (scope) => {
    if (!scope.hasContentTypeParser(formType)) {
      scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, raw: string) => raw)
    }
    const config = { access: { open: 'Who is not signed in yet has to be able to.' } }
    scope.get('/sign-in', { config }, async (request, reply) => showPage(request, reply, mounting))
    scope.post('/sign-in', { config, bodyLimit: mostFormBytes }, async (request, reply) =>
      takeForm(request, reply, mounting),
    )
  })
}

const querySchema = z.object({
  token: z.string().max(200).optional(),
  invitation: z.string().max(200).optional(),
  reset: z.string().max(200).optional(),
  error: z.string().max(100).optional(),
})

async function showPage(request: FastifyRequest, reply: FastifyReply, { people }: AuthMounting): Promise<FastifyReply> {
  const parsed = querySchema.safeParse(request.query)
  const query = parsed.success ? parsed.data : {}
  const problem = query.error === undefined ? undefined : providerProblem(query.error)
  return sendPage(reply, 200, { ...purposeOf(query), problem, provider: people()?.oidcName })
}

const formSchema = z.union([
  z.strictObject({ token: z.string().min(1).max(200) }),
  z.strictObject({ email: z.email().max(254), password: z.string().min(1).max(longestPassword) }),
  z.strictObject({
    invitation: z.string().min(1).max(200),
    name: label(100).optional().or(z.literal('')),
    new_password: z.string().min(shortestPassword).max(longestPassword).or(z.literal('')),
  }),
  z.strictObject({
    reset: z.string().min(1).max(200),
    new_password: z.string().min(shortestPassword).max(longestPassword),
  }),
  z.strictObject({ provider: z.literal('oidc') }),
])
type Form = z.output<typeof formSchema>

async function takeForm(
  request: FastifyRequest,
  reply: FastifyReply,
  { people: house, addressOf }: AuthMounting,
): Promise<FastifyReply> {
  const people = house()
  const given = typeof request.body === 'string' ? Object.fromEntries(new URLSearchParams(request.body)) : {}
  const facts = { ...purposeOf(given), provider: people?.oidcName, email: given['email'] }
  const refuse = (problem: Problem) => sendPage(reply, problemKinds[problem.code].status, { ...facts, problem })
  if (people === undefined)
    return refuse({ code: 'unavailable', message: 'Countersign is starting. Try again in a second.' })
  const forged = crossSiteProblem('POST', request.headers, people.parts.url)
  if (forged !== undefined) return refuse(forged)
  const form = formSchema.safeParse(given)
  if (!form.success) return refuse(incomplete)
  const visit = { headers: request.headers, address: addressOf(request), requestId: request.id }
  if ('provider' in form.data) return goOn(people, visit, reply, refuse)
  const done = await signIn(people, visit, form.data)
  if (!done.ok) return refuse(done.problems[0] ?? incomplete)
  const { cookies, onward } = done.value
  const cookie = people.sessionCookieOf({ cookies })
  if (cookie !== undefined) await people.record('session.started', visit, cookie)
  return reply.headers({ 'set-cookie': [...cookies], 'cache-control': 'no-store' }).redirect(onward, 303)
}

async function signIn(
  people: People,
  visit: Visit,
  form: Exclude<Form, { provider: string }>,
): Promise<Result<Cookies & { readonly onward: string }>> {
  if ('token' in form) return onwards(await people.signIn.withLink(visit, form.token))
  if ('email' in form) return onwards(await people.signIn.withPassword(visit, form.email, form.password))
  if ('reset' in form) {
    const reset = await people.signIn.resetPassword(visit, form.reset, form.new_password)
    return reset.ok ? ok({ cookies: [], onward: '/sign-in' }) : reset
  }
  const { invitation: token, name, new_password: password } = form
  return onwards(
    await people.accept(visit, {
      token,
      name: name === '' ? undefined : name,
      password: password === '' ? undefined : password,
    }),
  )
}

/** Where somebody lands until there is an interface. */
function onwards(result: Result<Cookies>): Result<Cookies & { readonly onward: string }> {
  return result.ok ? ok({ cookies: result.value.cookies, onward: '/docs' }) : failed(...result.problems)
}

async function goOn(
  people: People,
  visit: Visit,
  reply: FastifyReply,
  refuse: (problem: Problem) => FastifyReply,
): Promise<FastifyReply> {
  const started = await people.signIn.startProvider(visit)
  if (!started.ok) return refuse(started.problems[0] ?? incomplete)
  const { cookies, url } = started.value
  return reply.headers({ ...pageHeaders, 'set-cookie': [...cookies] }).send(onwardPage(url, people.oidcName ?? ''))
}

function purposeOf({ token, invitation, reset }: Readonly<Record<string, string | undefined>>): PagePurpose {
  if (token !== undefined) return { kind: 'token', token }
  if (invitation !== undefined) return { kind: 'invitation', token: invitation }
  return reset === undefined ? { kind: 'password', token: '' } : { kind: 'reset', token: reset }
}

function sendPage(reply: FastifyReply, status: number, facts: PageFacts): FastifyReply {
  return reply.code(status).headers(pageHeaders).send(signInPage(facts))
}

const incomplete: Problem = {
  code: 'invalid_input',
  message: 'Something is missing or too short.',
  hint: `A password has ${shortestPassword} to ${longestPassword} characters.`,
}

const sayings: Readonly<Record<string, string>> = {
  not_invited: 'You are known there, and nobody has invited you here. Ask an owner or admin of your tenant.',
  email_not_verified: 'Your provider does not vouch for your e-mail address, so it does not tell who you are here.',
  account_not_linked: 'Your provider does not vouch for your e-mail address, so it does not tell who you are here.',
  access_denied: 'You did not agree to sign in there.',
}

/** The words are ours: what stands in the address anybody may have written. */
function providerProblem(error: string): Problem {
  const known = Object.hasOwn(sayings, error) ? sayings[error] : undefined
  return {
    code: 'forbidden',
    message: known ?? 'Single sign-on did not work out.',
    hint: 'Try again, or sign in another way.',
  }
}
