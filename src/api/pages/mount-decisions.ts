// `/approve/<token>`: a GET shows what is asked and changes nothing, since those who scan mail follow every link; a POST of the
// page's own form decides, once.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { decideByLink, type LinkParts, openApprovalLink, shownBy } from '../../governance/approval-links.ts'
import { rejectReasons, sayReason } from '../../governance/reject-reasons.ts'
import { type Problem, problemKinds } from '../../kernel/problem.ts'
import { Attempts } from '../access/attempts.ts'
import { closedPage, decisionPage } from './decision-page.ts'
import { framedHeaders } from './frame.ts'

export interface DecisionMounting {
  /** Undefined while the house is not open yet. */
  readonly parts: () => LinkParts | undefined
  /** IP address of the caller. */
  readonly addressOf: (request: FastifyRequest) => string
}

const formType = 'application/x-www-form-urlencoded'
const mostFormBytes = 30_000
const windowMs = 60_000
/** Those who scan the mail of a whole company come from one address. */
const mostOfAddress = 300
const mostOfToken = 30

interface Desk extends DecisionMounting {
  readonly attempts: Attempts
}

export async function mountDecisions(app: FastifyInstance, mounting: DecisionMounting): Promise<void> {
  await app.register(async (scope) => {
    if (!scope.hasContentTypeParser(formType)) {
      scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, raw: string) => raw)
    }
    const desk: Desk = { ...mounting, attempts: new Attempts(() => mounting.parts()?.now() ?? 0, windowMs) }
    const config = { access: { open: 'The token in the address is the credential.' } }
    scope.get('/approve/:token', { config }, async (request, reply) => show(request, reply, desk))
    scope.post('/approve/:token', { config, bodyLimit: mostFormBytes }, async (request, reply) =>
      decide(request, reply, desk),
    )
  })
}

const tokenSchema = z.object({ token: z.string().regex(/^[\w-]{43}$/) })

async function show(request: FastifyRequest, reply: FastifyReply, desk: Desk): Promise<FastifyReply> {
  const admitted = admit(request, desk)
  if ('problem' in admitted) return refuse(reply, admitted.problem)
  const { parts, token } = admitted
  const view = await openApprovalLink(parts, token)
  if (view === undefined) return refuse(reply, unknownLink)
  // Whoever comes back to what they decided finds out what became of it.
  if (view.closed !== undefined) return send(reply, 200, closedPage(titleOf(view), view.closed))
  return send(reply, 200, decisionPage(view, parts.now(), shownBy(parts, token, view)))
}

const formSchema = z.object({
  shown: z.string().max(300),
  vote: z.enum(['approve', 'reject']),
  reason: z.string().trim().max(5000).default(''),
  ready: z
    .enum(rejectReasons.map(({ code }) => code))
    .or(z.literal('').transform(() => undefined))
    .optional(),
  read: z.literal('yes').optional(),
})

async function decide(request: FastifyRequest, reply: FastifyReply, desk: Desk): Promise<FastifyReply> {
  const admitted = admit(request, desk)
  if ('problem' in admitted) return refuse(reply, admitted.problem)
  const { parts, token } = admitted
  const given = typeof request.body === 'string' ? Object.fromEntries(new URLSearchParams(request.body)) : {}
  const form = formSchema.safeParse(given)
  if (!form.success || given['reason']?.includes('\0') === true) return refuse(reply, foreignForm)
  const { shown, vote, ready, read } = form.data
  const words = form.data.reason === '' ? undefined : form.data.reason
  // The ready reasons are for rejections, whichever of them still stands in the form.
  const reason = sayReason(vote === 'reject' ? ready : undefined, words)
  const visit = { address: desk.addressOf(request), requestId: request.id }
  const ballot = { shown, vote, hasRead: read === 'yes', ...(reason !== undefined && { reason }) }
  const decided = await decideByLink(parts, visit, token, ballot)
  if (decided.ok) {
    // So that going back and forth sends nothing again.
    return reply.headers({ ...framedHeaders }).redirect(`/approve/${token}`, 303)
  }
  const [problem = unknownLink] = decided.problems
  const view = await openApprovalLink(parts, token)
  const { status } = problemKinds[problem.code]
  if (view === undefined || view.closed !== undefined) {
    return send(reply, status, closedPage(view === undefined ? lost : titleOf(view), problem))
  }
  return send(reply, status, decisionPage(view, parts.now(), shownBy(parts, token, view), problem))
}

function admit(
  request: FastifyRequest,
  { parts: house, attempts, addressOf }: Desk,
): { readonly parts: LinkParts; readonly token: string } | { readonly problem: Problem } {
  const parts = house()
  if (parts === undefined) {
    return { problem: { code: 'unavailable', message: 'Countersign is starting. Try again in a second.' } }
  }
  const params = tokenSchema.safeParse(request.params)
  const { token } = params.data ?? { token: '' }
  if (!attempts.take({ [addressOf(request)]: mostOfAddress, [`token ${token}`]: mostOfToken }))
    return { problem: tooMany }
  return params.success ? { parts, token } : { problem: unknownLink }
}

const titleOf = ({ approval, member }: { approval: { summary: string }; member: object | undefined }): string =>
  member === undefined ? lost : approval.summary

const lost = 'This link decides nothing.'

function refuse(reply: FastifyReply, problem: Problem): FastifyReply {
  return send(reply, problemKinds[problem.code].status, closedPage(lost, problem))
}

function send(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.code(status).headers(framedHeaders).send(page)
}

const unknownLink: Problem = {
  code: 'not_found',
  message: 'This link is not known here, or it is too old.',
  hint: 'Sign in to see what waits for you.',
}

const foreignForm: Problem = {
  code: 'invalid_input',
  message: 'What was sent is not the form of this page.',
  hint: 'Open the link in the mail again.',
}

const tooMany: Problem = {
  code: 'rate_limited',
  message: 'This page was asked for too often.',
  hint: 'Try again in a minute.',
}
