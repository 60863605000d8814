// Callbacks: an address for one waiting step, made without storing anything, that nobody can guess.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Json } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import type { Database } from '../../record/database.ts'
import { findExecution } from '../../record/executions.ts'
import { type NewSignal, sendSignals } from '../../record/signals.ts'
import type { Starter } from './starter.ts'

/** The step that a callback wakes. `repeats` counts how often people have had it run again: an old address stays closed. */
export interface CallbackStep {
  readonly tenantId: string
  readonly executionId: string
  readonly step: string
  readonly item: number | undefined
  readonly repeats: number
}

export interface Callbacks {
  readonly key: Buffer
  /**
   * Passes the data on to the step. Problems: `not_found` (no token of ours, or its execution is gone), `conflict` (the
   * execution has ended), `payload_too_large`. A second callback of a step is taken and comes to nothing.
   */
  receive(token: string, data: Json): Promise<Result<{ executionId: string }>>
}

interface CallbackParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
  readonly starter: Starter
  /** The installation's current one, which signs. */
  readonly key: Buffer
  /** All that addresses may have been signed with, those of before included. */
  readonly knownKeys?: () => Promise<readonly Buffer[]>
}

export function createCallbacks(parts: CallbackParts): Callbacks {
  const { database, key, starter, newId, now } = parts
  return {
    key,
    receive: async (token, data) => {
      const place = readToken(key, token) ?? (await readWithKnown(parts, token))
      if (place === undefined) return failed(unknown)
      const tooLarge = starter.admission.sizeProblem(data, 'The callback')
      if (tooLarge !== undefined) return failed(tooLarge)
      const { tenantId, executionId } = place
      const sent = await sendSignals(database.engine, [signalOf(place, data, newId(), new Date(now()))])
      if (sent.size > 0) return ok({ executionId })
      const execution = await findExecution(database.engine, tenantId, executionId)
      return failed(execution === undefined ? unknown : ended(execution.workflow, execution.status))
    },
  }
}

function signalOf(place: CallbackStep, data: Json, id: string, createdAt: Date): NewSignal {
  const { tenantId, executionId, step, item, repeats } = place
  const signal = { tenantId, executionId, id, kind: 'callback', step, data: { data, repeats }, createdAt } as const
  return item === undefined ? signal : { ...signal, item }
}

const unknown: Problem = { code: 'not_found', message: 'Nothing waits at this address.' }

function ended(workflow: string, status: string): Problem {
  return {
    code: 'conflict',
    message: `The execution of "${workflow}" has ended (${status}); nothing waits here any more.`,
  }
}

/** 128 bits, in base64url. */
const macBytes = 16

/** `<tenant>.<execution>.<step>.<item or ->.<repeats>.<mac>`, safe in a URL's path; ids as 22 characters of base64url. */
export function callbackToken(key: Buffer, { tenantId, executionId, step, item, repeats }: CallbackStep): string {
  const path = [shortId(tenantId), shortId(executionId), step, item ?? '-', repeats].join('.')
  return `${path}.${macOf(key, path).toString('base64url')}`
}

async function readWithKnown({ knownKeys }: CallbackParts, token: string): Promise<CallbackStep | undefined> {
  for (const known of (await knownKeys?.()) ?? []) {
    const place = readToken(known, token)
    if (place !== undefined) return place
  }
  return undefined
}

function readToken(key: Buffer, token: string): CallbackStep | undefined {
  const end = token.lastIndexOf('.')
  const path = token.slice(0, Math.max(0, end))
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  const mac = macOf(key, path)
  if (given.length !== mac.length || !timingSafeEqual(given, mac)) return undefined
  const [tenant = '', execution = '', step = '', item, repeats] = path.split('.')
  const position = item === '-' ? undefined : Number(item)
  return { tenantId: longId(tenant), executionId: longId(execution), step, item: position, repeats: Number(repeats) }
}

function macOf(key: Buffer, path: string): Buffer {
  return createHmac('sha256', key).update(`callback ${path}`).digest().subarray(0, macBytes)
}

function shortId(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')
}

function longId(short: string): string {
  return Buffer.from(short, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
