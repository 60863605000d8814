// Drafts that are converted by the clock: each planned time once, however many processes look.

import { systemOf } from '../kernel/access/actor.ts'
import { nextTime } from '../kernel/draft/schedule.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { Problem } from '../kernel/problem.ts'
import { appendAudit, type AuditEntry } from '../record/audit.ts'
import { asTenant, type Database, type Queryable } from '../record/database.ts'
import { appendDraftEvent } from '../record/draft-history.ts'
import { type DueDraft, findDueDrafts, lockDueDraft } from '../record/draft-schedules.ts'
import { type Draft, findDraft, type Hand, setNextTime } from '../record/drafts.ts'
import { inSavepoint } from '../record/savepoint.ts'
import { handOf, objectOf } from './draft-access.ts'
import { turn } from './draft-conversion.ts'
import { contentOf, makeDraft } from './draft-editing.ts'
import type { ConversionParts } from './draft-ending.ts'
import { notifyCreator } from './draft-notices.ts'
import { putForward } from './draft-submission.ts'

export interface DraftKeeperParts extends ConversionParts {
  readonly database: Database
  readonly log: (level: 'info' | 'warn', message: string, detail: JsonObject) => void
}

const atOnce = 100

/**
 * Converts what is due, and makes the next occurrence of what recurs. Any number of processes may call it at once. What cannot
 * be converted is written down, told to whoever created it, and left to people. Returns how many drafts it looked at.
 */
export async function convertDueDrafts(parts: DraftKeeperParts, now: number): Promise<number> {
  let looked = 0
  for (;;) {
    const due = await findDueDrafts(parts.database.engine, new Date(now), atOnce)
    let handled = 0
    for (const draft of due) handled += (await convertDue(parts, draft, now)) ? 1 : 0
    looked += handled
    // Those that another process has in hand are found for as long as it takes.
    if (due.length < atOnce || handled === 0) return looked
  }
}

/** False when another process has it in hand. */
function convertDue(parts: DraftKeeperParts, key: DueDraft, now: number): Promise<boolean> {
  return asTenant(parts.database, key.tenantId, async (client) => {
    const draft = await lockDue(client, key, now)
    if (draft === undefined) return false
    const system = systemOf(key.tenantId)
    const hand = handOf(system, new Date(now))
    const isRecurring = draft.schedule !== null && 'cron' in draft.schedule
    const make = isRecurring ? makeOccurrence : turnNow
    await appendAudit(client, system, await make(parts, client, draft, hand))
    return true
  })
}

async function lockDue(client: Queryable, key: DueDraft, now: number): Promise<Draft | undefined> {
  const at = new Date(now)
  if (!(await lockDueDraft(client, key, at))) return undefined
  return findDraft(client, key.tenantId, key.id, { memberId: null, now: at })
}

async function turnNow(
  parts: DraftKeeperParts,
  client: Queryable,
  draft: Draft,
  hand: Hand,
): Promise<readonly AuditEntry[]> {
  const turning = { hand, starts: true, startedBy: `draft:${draft.id}` }
  // What a conversion began and then refused is taken back; that it was refused is kept.
  const turned = await inSavepoint(
    client,
    () => turn(parts, client, systemOf(draft.tenantId), draft, turning),
    ({ ok }) => !ok,
  )
  return turned.ok ? turned.value : [await giveUp(parts, client, draft, hand, turned.problems)]
}

/** A draft like this one, submitted; converted at once where the policy asks nobody about its class. */
async function makeOccurrence(
  parts: DraftKeeperParts,
  client: Queryable,
  draft: Draft,
  hand: Hand,
): Promise<readonly AuditEntry[]> {
  const { tenantId, schedule, nextAt, templateId, createdBy, createdByName } = draft
  const plannedAt = nextAt ?? hand.at
  const next = schedule === null ? undefined : nextTime(schedule, hand.at.getTime())
  await setNextTime(client, draft, next === undefined ? null : new Date(next))
  const id = parts.newId()
  const occurrence = { of: draft.id, at: plannedAt }
  const name = `${draft.name.slice(0, 180)}, ${plannedAt.toISOString().slice(0, 10)}`
  const origin = { occurrence, ...(templateId !== null && { templateId }) }
  const given = { ...contentOf(draft), name, schedule: null, ...origin }
  // It is still their idea: who created the draft may not approve what comes of it either.
  const created = { by: createdBy, name: createdByName, at: hand.at }
  const made = await makeDraft(client, { tenantId, id, given, created })
  if (made === undefined) return []
  await appendDraftEvent(client, draft, { action: 'recurred', revision: draft.revision, hand, reason: name })
  const recurred: AuditEntry = {
    action: 'draft.recurred',
    object: objectOf(draft),
    after: { draft_id: id },
    at: hand.at,
  }
  return [recurred, made, ...(await putOccurrenceForward(parts, client, { tenantId, id }, draft, hand))]
}

async function putOccurrenceForward(
  parts: DraftKeeperParts,
  client: Queryable,
  key: DueDraft,
  from: Draft,
  hand: Hand,
): Promise<readonly AuditEntry[]> {
  const viewer = { memberId: null, now: hand.at }
  const occurrence = await findDraft(client, key.tenantId, key.id, viewer)
  if (occurrence === undefined) throw new Error(`Draft ${key.id} was made and is not there`)
  const submitter = { ...hand, by: from.submittedBy ?? hand.by }
  const put = await putForward(parts, client, occurrence, submitter, ({ asked }) => asked.length === 0)
  if (put.ok) return put.value
  const reason = sayProblems(put.problems)
  await appendDraftEvent(client, occurrence, { action: 'not_submitted', revision: 1, hand, reason })
  const message = `"${occurrence.name}" could not be submitted: ${reason}`
  await notifyCreator(parts, client, occurrence, hand.by, { title: 'A draft needs you', message })
  return []
}

async function giveUp(
  parts: DraftKeeperParts,
  client: Queryable,
  draft: Draft,
  hand: Hand,
  problems: readonly Problem[],
): Promise<AuditEntry> {
  const reason = sayProblems(problems)
  await setNextTime(client, draft, null)
  await appendDraftEvent(client, draft, { action: 'not_converted', revision: draft.revision, hand, reason })
  const message = `"${draft.name}" was to be converted now, and could not be: ${reason}`
  await notifyCreator(parts, client, draft, hand.by, { title: 'A draft was not converted', message })
  parts.log('warn', 'A draft could not be converted at its time.', { draft: draft.id, problems: reason })
  return { action: 'draft.not_converted', object: objectOf(draft), after: { reason }, at: hand.at }
}

const sayProblems = (problems: readonly Problem[]): string => problems.map(({ message }) => message).join(' ')
