// Answers the gates of an execution that is followed: as told on the command line, or by asking at the terminal.

import type { Office } from '../command-line.ts'
import type { Answer } from '../follow/gates.ts'
import type { Show } from '../follow/show.ts'
import { askApproval, askForm } from './questions.ts'
import { findPendingApproval, findPendingForm } from './pending.ts'
import { castVotes, sayCounted } from './votes.ts'

export interface AnswerOptions {
  readonly approve?: boolean
  readonly reject?: boolean
  readonly as?: string
  readonly json?: boolean
}

/** Undefined when nobody here answers. */
export function answerFor(office: Office, show: Show, options: AnswerOptions): Answer | undefined {
  const vote = options.approve === true ? 'approve' : options.reject === true ? 'reject' : undefined
  const canAsk = office.terminal.canAsk && options.json !== true
  if (vote === undefined && !canAsk) return undefined
  return async ({ run: { wait } }, signal) => {
    const ref = wait?.ref ?? ''
    if (wait?.on === 'form') return canAsk && (await answerForm(office, show, ref, options, signal))
    if (vote === undefined) return answerApproval(office, show, ref, options, signal)
    const ballot = ballotOf(vote, options.as)
    const counted = await castVotes(office, ref, ballot)
    show.say(sayCounted(counted, ballot))
    return counted.status !== 'pending'
  }
}

async function answerApproval(
  office: Office,
  show: Show,
  ref: string,
  { as }: AnswerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const approval = await findPendingApproval(office, ref)
  if (approval === undefined) return true
  const answer = await askApproval({ terminal: office.terminal, now: office.house.now }, show, approval, signal)
  if (answer === undefined) return signal.aborted
  const ballot = { ...ballotOf(answer.vote, as), ...(answer.reason !== undefined && { reason: answer.reason }) }
  const counted = await castVotes(office, ref, ballot)
  show.say(sayCounted(counted, ballot))
  return counted.status !== 'pending'
}

async function answerForm(
  office: Office,
  show: Show,
  ref: string,
  { as }: AnswerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const form = await findPendingForm(office, ref)
  if (form === undefined) return true
  return (await askForm(office, show, form, as, signal)) || signal.aborted
}

function ballotOf(vote: 'approve' | 'reject', as: string | undefined) {
  return { vote, ...(as !== undefined && { as }) }
}
