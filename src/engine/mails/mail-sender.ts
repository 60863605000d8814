// Sends the mails that wait in the database, at least once each and never again after it was noted that one was sent.

import type { JsonObject } from '../../kernel/json.ts'
import { ActionError, type Doors } from '../../packs/kit.ts'
import type { Pool } from '../../record/database.ts'
import type { KeyRing } from '../../record/key-ring.ts'
import {
  type ClaimedMail,
  claimMails,
  deleteOldMails,
  type MailResult,
  openBody,
  recordMail,
} from '../../record/outgoing-mails.ts'
import { deleteOldApprovalLinks } from '../../record/approval-links.ts'
import { Pulse } from '../worker/pulse.ts'

export interface MailSenderParts {
  readonly engine: Pool
  readonly mail: Doors['mail']
  readonly keys: Pick<KeyRing, 'find' | 'refresh'>
  /** Epoch ms. */
  readonly now: () => number
  readonly pollMs: number
  readonly log: (level: 'warn', message: string, detail: JsonObject) => void
}

export interface MailSender {
  start(): void
  /** Begins nothing more; what is under way may end, for so long: what is cut off then is sent again by whoever comes next. */
  stop(drainMs?: number): Promise<void>
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** The waits after the first try, the second, and so on; after the last one it is given up: 31 hours in all. */
const waitsMs = [30_000, 2 * minuteMs, 10 * minuteMs, hourMs, 6 * hourMs, dayMs]
/** A sender gives up an attempt before its lease ends, so that nobody else begins it meanwhile. */
const timeoutMs = minuteMs
const leaseMs = 2 * minuteMs
const most = 10
const keptMs = 30 * dayMs
const usualDrainMs = 10_000

export function createMailSender(parts: MailSenderParts): MailSender {
  const complain = (error: unknown) =>
    parts.log('warn', 'Mails met trouble; they are tried again.', { error: say(error) })
  const pulse = new Pulse(complain)
  const ending = new AbortController()
  const cutOff = new AbortController()
  let underWay = Promise.resolve()
  const look = () => (underWay = sendDue(parts, ending.signal, cutOff.signal).catch(complain))
  return {
    start: () => {
      pulse.every(parts.pollMs, look)
      pulse.every(hourMs, () => forgetOld(parts))
    },
    stop: async (drainMs = usualDrainMs) => {
      pulse.stop()
      ending.abort()
      const timer = setTimeout(() => cutOff.abort(), drainMs)
      await underWay
      clearTimeout(timer)
    },
  }
}

/** Sends what is due, some at a time, until nothing is. */
export async function sendDue(parts: MailSenderParts, ending: AbortSignal, cutOff = ending): Promise<void> {
  while (!ending.aborted) {
    const at = parts.now()
    const claimed = await claimMails(parts.engine, { now: new Date(at), leaseUntil: new Date(at + leaseMs), most })
    // Of all that ends, also of what failed, is noted what came of it before more is begun.
    const ended = await Promise.allSettled(claimed.map((mail) => attempt(parts, mail, cutOff)))
    const broken = ended.find(({ status }) => status === 'rejected')
    if (broken?.status === 'rejected') throw broken.reason
    if (claimed.length < most) return
  }
}

async function attempt(parts: MailSenderParts, claimed: ClaimedMail, cutOff: AbortSignal): Promise<void> {
  const { tenantId, id, attempts } = claimed
  const failure = await send(parts, claimed, AbortSignal.any([cutOff, AbortSignal.timeout(timeoutMs)]))
  const now = parts.now()
  const result = { tenantId, id, sentAt: null, nextAttemptAt: null, failure: failure?.message ?? null }
  if (failure === undefined) return recordMail(parts.engine, { ...result, sentAt: new Date(now) })
  const wait = failure.isFinal ? undefined : waitsMs[attempts - 1]
  const noted: MailResult = wait === undefined ? result : { ...result, nextAttemptAt: new Date(now + wait) }
  await recordMail(parts.engine, noted)
  if (wait === undefined && claimed.isWanted)
    parts.log('warn', 'A mail was given up.', { mail: id, error: failure.message })
}

interface Failure {
  readonly message: string
  readonly isFinal: boolean
}

/** What kept it from being sent. */
async function send(
  { mail, keys }: MailSenderParts,
  claimed: ClaimedMail,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { id, to, subject, isWanted } = claimed
  if (!isWanted) return { message: 'It was decided before this could be sent.', isFinal: true }
  if (to === null) return { message: 'The member has left, or has not signed in with the address.', isFinal: true }
  const text = openBody(keys, claimed) ?? openBody(await keys.refresh(), claimed)
  if (text === undefined) return { message: 'No key of the key file opens it.', isFinal: false }
  try {
    await mail({ to: [to], subject, text }, `mail ${id}`, signal)
    return undefined
  } catch (error) {
    return { message: say(error), isFinal: error instanceof ActionError && !error.retry }
  }
}

/** Forgets mails that are done with, and links that nobody can use, after a month. */
export async function forgetOld({ engine, now }: Pick<MailSenderParts, 'engine' | 'now'>): Promise<void> {
  const before = new Date(now() - keptMs)
  await deleteOldMails(engine, before)
  await deleteOldApprovalLinks(engine, before)
}

const say = (error: unknown): string => (error instanceof Error ? error.message : String(error))
