// Mails that wait to be sent: written with what they tell of, sealed because they may carry a link that decides.

import type { Queryable } from './database.ts'
import { columnText } from './json-text.ts'
import type { KeyRing } from './key-ring.ts'
import { seal, type SealedPlace, unseal } from './sealing.ts'

export interface NewMail {
  readonly tenantId: string
  readonly id: string
  readonly memberId: string
  readonly approvalId: string | null
  readonly subject: string
  readonly text: string
  readonly createdAt: Date
}

/** What waits still to tell a member of the same approval is not sent any more. */
export async function insertMails(
  client: Queryable,
  keys: Pick<KeyRing, 'current'>,
  mails: readonly NewMail[],
): Promise<void> {
  await client.query(
    `update outgoing_mails o set next_attempt_at = null, body = '', failure = 'A newer one took its place.'
      from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as m (tenant_id, approval_id, member_id)
      where o.tenant_id = m.tenant_id and o.approval_id = m.approval_id and o.member_id = m.member_id
        and o.next_attempt_at is not null`,
    [mails.map((mail) => mail.tenantId), mails.map((mail) => mail.approvalId), mails.map((mail) => mail.memberId)],
  )
  await client.query(
    `insert into outgoing_mails (tenant_id, id, member_id, approval_id, subject, body, created_at, next_attempt_at)
      select m.*, m.created_at from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::timestamptz[])
        as m (tenant_id, id, member_id, approval_id, subject, body, created_at)`,
    [
      mails.map((mail) => mail.tenantId),
      mails.map((mail) => mail.id),
      mails.map((mail) => mail.memberId),
      mails.map((mail) => mail.approvalId),
      mails.map((mail) => columnText(mail.subject)),
      mails.map((mail) => sealedBody(keys, mail)),
      mails.map((mail) => mail.createdAt),
    ],
  )
}

type MailPlace = Pick<NewMail, 'tenantId' | 'id'>

const placeOf = ({ tenantId, id }: MailPlace): SealedPlace => ['outgoing mail', tenantId, id]

/** The key's id, nonce, tag and ciphertext, as text with full stops between them. */
function sealedBody({ current }: Pick<KeyRing, 'current'>, mail: NewMail): Buffer {
  const { keyId, nonce, tag, ciphertext } = seal(current, placeOf(mail), mail.text)
  return Buffer.from([keyId, ...[nonce, tag, ciphertext].map((bytes) => bytes.toString('base64url'))].join('.'))
}

/** The text; undefined when no key of the ring opens it. */
export function openBody(keys: Pick<KeyRing, 'find'>, mail: MailPlace & { readonly body: Buffer }): string | undefined {
  const [keyId = '', ...bytes] = mail.body.toString().split('.')
  const [nonce, tag, ciphertext] = bytes.map((text) => Buffer.from(text, 'base64url'))
  if (nonce === undefined || tag === undefined || ciphertext === undefined) return undefined
  const opened = unseal(keys, placeOf(mail), { keyId, nonce, tag, ciphertext })
  return typeof opened === 'object' ? opened.text : undefined
}

export interface ClaimedMail extends MailPlace {
  readonly subject: string
  readonly body: Buffer
  /** With this one. */
  readonly attempts: number
  /** The member's address now; null when the member was removed. */
  readonly to: string | null
  /** What it tells of is still to be decided. */
  readonly isWanted: boolean
}

/**
 * Takes mails that are due; whoever has not said until `leaseUntil` what came of it is taken for dead. One that nobody has
 * tried is due whatever the clock says, since clocks are set back too.
 */
export async function claimMails(
  engine: Queryable,
  claim: { readonly now: Date; readonly leaseUntil: Date; readonly most: number },
): Promise<ClaimedMail[]> {
  const { rows } = await engine.query<ClaimedMail>({
    name: 'claim_mails',
    text: `with due as materialized (
        select tenant_id, id from outgoing_mails where next_attempt_at is not null and (next_attempt_at <= $1 or attempts = 0)
        order by next_attempt_at, id limit $3 for update skip locked
      )
      update outgoing_mails m set attempts = m.attempts + 1, next_attempt_at = $2
      from due d join outgoing_mails o on o.tenant_id = d.tenant_id and o.id = d.id
        left join members p on p.tenant_id = o.tenant_id and p.id = o.member_id and p.removed_at is null and p.user_id is not null
        left join approvals a on a.tenant_id = o.tenant_id and a.id = o.approval_id
      where m.tenant_id = d.tenant_id and m.id = d.id
      returning m.tenant_id as "tenantId", m.id, m.subject, m.body, m.attempts, p.email as "to",
        (o.approval_id is null or (a.status = 'pending' and (a.expires_at is null or a.expires_at > $1))) as "isWanted"`,
    values: [claim.now, claim.leaseUntil, claim.most],
  })
  return rows
}

/** What came of an attempt: sent; to be tried again; or given up, when neither time is there. */
export interface MailResult extends MailPlace {
  readonly sentAt: Date | null
  readonly nextAttemptAt: Date | null
  readonly failure: string | null
}

/** What will not be sent again is not kept: only that it was. One that was given up meanwhile stays so, unless it was sent. */
export async function recordMail(engine: Queryable, result: MailResult): Promise<void> {
  const { tenantId, id, sentAt, nextAttemptAt, failure } = result
  await engine.query(
    `update outgoing_mails set sent_at = $3, next_attempt_at = $4, failure = $5, body = case when $4::timestamptz is null then '' else body end
      where tenant_id = $1 and id = $2 and sent_at is null and ($3::timestamptz is not null or next_attempt_at is not null)`,
    [tenantId, id, sentAt, nextAttemptAt, failure === null ? null : columnText(failure)],
  )
}

/** Forgets those that were sent or given up, and written long ago. */
export async function deleteOldMails(engine: Queryable, before: Date): Promise<void> {
  await engine.query('delete from outgoing_mails where next_attempt_at is null and created_at < $1', [before])
}
