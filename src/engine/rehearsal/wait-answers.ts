// How what a step waits for is answered in a rehearsal: by what was said of it, else by a sample, or whichever way is chosen.

import { z } from 'zod'
import { checkInputs } from '../../kernel/definition/inputs.ts'
import { inputSchema } from '../../kernel/definition/workflow.ts'
import type { Answer } from '../../kernel/testcase/answers.ts'
import { sampleInputs } from '../../kernel/testcase/sample.ts'
import { ActionError, type JsonObject, type Signal, type WaitFor } from '../../packs/kit.ts'
import { ProblemError } from '../worker/failure.ts'
import type { Choices } from './choices.ts'

export interface WaitAnswer {
  readonly signal: Signal
  /** It is a sample. */
  readonly isAssumed: boolean
}

type Asking = Exclude<WaitFor, { on: 'timer' | 'child' }>

export interface Waiting {
  readonly step: string
  readonly item: number | undefined
  readonly wait: Asking
  readonly given: Answer | undefined
}

const sampleId = '00000000-0000-7000-8000-000000000001'
const fieldsSchema = z.record(z.string(), inputSchema)

/** Undefined where nobody answers: it waits until its time is up, or for good. Throws where the answer does not suit. */
export function answerWait(waiting: Waiting, choices: Choices): WaitAnswer | undefined {
  const { step, item, wait, given } = waiting
  if (given?.kind === 'expired') return undefined
  if (given !== undefined) return { signal: givenSignal(waiting, given), isAssumed: false }
  const isApproval = wait.on === 'approval'
  const options = [
    ...(isApproval ? ['approved', 'rejected'] : ['answered']),
    ...(wait.until === undefined ? [] : ['expired']),
  ]
  const taken = choices.take({ step, item, about: 'answer', options, needs: [] })
  if (taken === 'expired') return undefined
  return { signal: sampleSignal(wait, taken === 'rejected' ? 'rejected' : 'approved'), isAssumed: !isApproval }
}

function givenSignal({ step, wait }: Waiting, given: Answer): Signal {
  if (wait.on === 'approval' && given.kind === 'decision')
    return { kind: 'approval', decision: given.decision, votes: [] }
  if (wait.on === 'form' && given.kind === 'form')
    return { kind: 'form', data: filledIn(wait.request.fields, given.data), by: sampleId }
  if (wait.on === 'event' && given.kind === 'event')
    return { kind: 'event', event: wait.event, id: sampleId, data: given.data }
  if (wait.on === 'callback' && given.kind === 'callback') return { kind: 'callback', data: given.data }
  throw new ActionError(
    'conflict',
    `"${step}" waits for ${nouns[wait.on]}, which "${said[given.kind]}" does not answer.`,
  )
}

const nouns = { approval: 'an approval', form: 'a form', event: 'an event', callback: 'a callback' } as const
const said = {
  decision: 'approved or rejected',
  form: 'form',
  event: 'event',
  callback: 'callback',
  expired: 'expired',
  result: 'output',
  failure: 'fails',
} as const satisfies Record<Answer['kind'], string>

/** The fields as the form would take them. */
function filledIn(fields: JsonObject, data: JsonObject): JsonObject {
  const checked = checkInputs({ inputs: fieldsSchema.parse(fields) }, data)
  if (checked.ok) return checked.value
  throw new ProblemError(checked.problems)
}

function sampleSignal(wait: Asking, decision: 'approved' | 'rejected'): Signal {
  switch (wait.on) {
    case 'approval':
      return { kind: 'approval', decision, votes: [] }
    case 'form':
      return { kind: 'form', data: sampleInputs(wait.request.fields), by: sampleId }
    case 'event':
      return { kind: 'event', event: wait.event, id: sampleId, data: { ...wait.match } }
    case 'callback':
      return { kind: 'callback', data: null }
  }
}
