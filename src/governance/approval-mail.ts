// Telling those who are asked for an approval, in the house and by mail: when it is asked, escalated, and again as a reminder.

import type { AuditEntry } from '../record/audit.ts'
import { insertApprovalLinks } from '../record/approval-links.ts'
import { findNames, findRecipients, type Recipient } from '../record/approval-recipients.ts'
import { markTold, type ToldApproval } from '../record/approval-times.ts'
import type { Queryable } from '../record/database.ts'
import type { KeyRing } from '../record/key-ring.ts'
import { insertNotifications } from '../record/notifications.ts'
import { insertMails } from '../record/outgoing-mails.ts'
import { askerOf, newApprovalLink } from './approval-links.ts'
import { type Standing, standingOf } from './approval-standing.ts'
import { sayWhenTimeIsUp } from './approval-words.ts'
import { type ApprovalLetter, approvalMail, occasionTitles } from './mail-templates.ts'
import { choiceOf } from './vote-problem.ts'

export interface TellingParts {
  readonly newId: () => string
  /** How mails are sealed, and what their links begin with; absent where no mail server is configured. */
  readonly mail?: { readonly keys: Pick<KeyRing, 'current'>; readonly url: string } | undefined
}

type Occasion = ApprovalLetter['occasion']

interface Telling {
  readonly approval: ToldApproval
  readonly occasion: Occasion
  readonly askedBy: string | null
  readonly recipients: readonly Recipient[]
}

/**
 * Tells those who have not decided on approvals that the transaction has locked; returns the audit entries of reminders.
 * `everyMs`: how often the tenant reminds, null for never.
 */
export async function tellApprovers(
  parts: TellingParts,
  client: Queryable,
  tenantId: string,
  approvals: readonly ToldApproval[],
  { due, now, everyMs }: { readonly due: 'untold' | 'reminder'; readonly now: Date; readonly everyMs: number | null },
): Promise<AuditEntry[]> {
  const all = await prepareTelling(client, tenantId, approvals, { due, now })
  await notify(parts, client, all, now)
  await writeMails(parts, client, all, now)
  const ids = approvals.map(({ id }) => id)
  await markTold(client, tenantId, ids, { now, everyMs })
  return all.flatMap((telling) => (due === 'reminder' ? reminded(telling, now) : []))
}

async function prepareTelling(
  client: Queryable,
  tenantId: string,
  approvals: readonly ToldApproval[],
  { due, now }: { readonly due: 'untold' | 'reminder'; readonly now: Date },
): Promise<Telling[]> {
  // Their statements need not wait for each other: they share round trips.
  const standings = await Promise.all(approvals.map((approval) => standingOf(client, approval, now)))
  const wanted = standings.map((standing) => whoCanVote(standing, now))
  const recipients = await findRecipients(client, tenantId, [...new Set(wanted.flat())])
  const references = standings.map(askerOf)
  const names = await findNames(
    client,
    tenantId,
    references.flatMap((reference) => reference ?? []),
  )
  return approvals.map((approval, index) => {
    const reference = references[index] ?? null
    return {
      approval,
      occasion: due === 'reminder' ? due : occasionOf(approval),
      askedBy: reference === null ? null : (names.get(reference) ?? reference),
      recipients: (wanted[index] ?? []).flatMap((id) => recipients.get(id) ?? []),
    }
  })
}

function occasionOf({ escalatedAt, editHash }: ToldApproval): Occasion {
  if (editHash !== null) return 'changed'
  return escalatedAt === null ? 'asked' : 'escalated'
}

/** Who can fill a seat now: for themselves, or for whoever handed it to them or is away. */
function whoCanVote(standing: Standing, now: Date): string[] {
  const { seats, handedTo, standsIn } = standing.body
  const can = (id: string): boolean => choiceOf(standing, id, undefined, now.getTime()).ok
  const able = [...new Set([...seats, ...handedTo.values(), ...standsIn.values()])].filter(can)
  // Whoever is away is left in peace while somebody else can do it.
  return able.filter((id) => !able.includes(standsIn.get(id) ?? ''))
}

async function notify(
  { newId }: TellingParts,
  client: Queryable,
  all: readonly Telling[],
  createdAt: Date,
): Promise<void> {
  const notifications = all.flatMap(({ approval: { tenantId, executionId, summary }, occasion, recipients }) =>
    recipients.map(({ id: memberId }) => ({
      tenantId,
      id: newId(),
      memberId,
      executionId,
      title: occasionTitles[occasion],
      message: summary,
      createdAt,
    })),
  )
  if (notifications.length > 0) await insertNotifications(client, notifications)
}

/** To those who have signed in with the address. */
async function writeMails(
  { newId, mail }: TellingParts,
  client: Queryable,
  all: readonly Telling[],
  now: Date,
): Promise<void> {
  if (mail === undefined) return
  const written = all.flatMap((telling) =>
    telling.recipients
      .filter(({ isClaimed }) => isClaimed)
      .map(({ id: memberId }) => {
        const { tenantId, id: approvalId } = telling.approval
        const link = newApprovalLink(telling.approval, { id: newId(), memberId, now })
        const letter = approvalMail(letterOf(telling, `${mail.url}/approve/${link.token}`, link.row.expiresAt))
        return { link: link.row, mail: { tenantId, id: newId(), memberId, approvalId, ...letter, createdAt: now } }
      }),
  )
  if (written.length === 0) return
  await insertApprovalLinks(
    client,
    written.map(({ link }) => link),
  )
  await insertMails(
    client,
    mail.keys,
    written.map((one) => one.mail),
  )
}

function letterOf({ approval, occasion, askedBy }: Telling, url: string, linkExpiresAt: Date): ApprovalLetter {
  const { summary, workflow, impact } = approval
  return { occasion, summary, workflow, askedBy, impact, whenTimeIsUp: sayWhenTimeIsUp(approval), url, linkExpiresAt }
}

function reminded({ approval: { id, summary }, recipients }: Telling, at: Date): AuditEntry[] {
  if (recipients.length === 0) return []
  const members = recipients.map(({ id: member_id, name }) => ({ member_id, name }))
  return [{ action: 'approval.reminded', object: { type: 'approval', id, name: summary }, after: { members }, at }]
}
