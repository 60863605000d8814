// What the sender promises: each mail arrives at least once, and is never sent again after it was noted that it was.

import { expect, test, vi } from 'vitest'
import { serveSmtp, smtpError } from '../../src/engine/doors/smtp-server.test-kit.ts'
import { createMailSender, forgetOld, type MailSenderParts, sendDue } from '../../src/engine/mails/mail-sender.ts'
import { ActionError, type Doors } from '../../src/packs/kit.ts'
import { KeyRing } from '../../src/record/key-ring.ts'
import { removeMember } from '../../src/record/members.ts'
import { settleApproval } from '../../src/record/approvals.ts'
import { openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { dayMs, openMailHouse } from './mail-house.test-kit.ts'

const house = await openMailHouse(await openOwnDatabase())
const { engine } = house.database

interface MailRow {
  readonly attempts: number
  readonly sent: boolean
  readonly due: boolean
  readonly failure: string | null
  readonly bytes: number
}

async function mailsOf({ id }: TestTenant): Promise<MailRow[]> {
  const { rows } = await engine.query<MailRow>(
    `select attempts, sent_at is not null as sent, next_attempt_at is not null as due, failure, length(body) as bytes
      from outgoing_mails where tenant_id = $1 order by id`,
    [id],
  )
  return rows
}

/** A tenant with mails to Ana, as many as approvals are asked of her. */
async function waiting(approvals = 1) {
  await engine.query(`update approvals set status = 'cancelled', decided_at = now() where status = 'pending'`)
  await engine.query('delete from outgoing_mails')
  const tenant = await house.tenant()
  const ids: string[] = []
  for (let count = 0; count < approvals; count++) {
    ids.push(await house.ask(tenant, { approvers: { members: ['ana@acme.example'] }, expiresAt: null }))
  }
  await house.keep()
  return { tenant, ids, id: ids[0] ?? '' }
}

function senderParts(mail: Doors['mail'], given: Partial<MailSenderParts> = {}): MailSenderParts & { lines: string[] } {
  const lines: string[] = []
  const log: MailSenderParts['log'] = (_, message, detail) => void lines.push(`${message} ${JSON.stringify(detail)}`)
  return { engine, mail, keys: house.keys, now: house.now, pollMs: 5, log, lines, ...given }
}

const never = new AbortController().signal

test('a server that is busy is asked again, later each time; what has arrived is kept no longer and never sent again', async () => {
  const { tenant } = await waiting()
  let busy = 2
  const { url, delivered } = await serveSmtp({
    onMailFrom: (_, __, callback) => callback(busy-- > 0 ? smtpError(451, 'Try later') : undefined),
  })
  await house.send(url)
  await house.send(url)
  expect(await mailsOf(tenant)).toMatchObject([
    { attempts: 1, sent: false, due: true, failure: expect.stringContaining('Try later') },
  ])
  house.moveClock(30_000)
  await house.send(url)
  house.moveClock(119_000)
  await house.send(url)
  expect(await mailsOf(tenant)).toMatchObject([{ attempts: 2, sent: false }])
  house.moveClock(1000)
  await house.send(url)
  const done = [{ attempts: 3, sent: true, due: false, failure: null, bytes: 0 }]
  expect(await mailsOf(tenant)).toEqual(done)
  house.moveClock(30 * dayMs)
  await house.send(url)
  expect(delivered).toHaveLength(1)
  expect(await mailsOf(tenant)).toEqual(done)
})

test('what a server refuses for good is given up, and named in the log', async () => {
  const { tenant } = await waiting()
  const parts = senderParts(async () => {
    throw new ActionError('mail_refused', 'No such user')
  })
  await sendDue(parts, never)
  expect(await mailsOf(tenant)).toEqual([{ attempts: 1, sent: false, due: false, failure: 'No such user', bytes: 0 }])
  expect(parts.lines).toEqual([expect.stringContaining('A mail was given up.')])
})

test('a server that never answers is given up after six more tries', async () => {
  const { tenant } = await waiting()
  const parts = senderParts(async () => {
    throw new Error('nobody is there')
  })
  for (let tries = 0; tries < 10; tries++) {
    await sendDue(parts, never)
    house.moveClock(dayMs)
  }
  expect(await mailsOf(tenant)).toMatchObject([{ attempts: 7, sent: false, due: false }])
})

test('while no server takes mail, a reminder takes the place of what it reminds of', async () => {
  const { tenant } = await waiting()
  house.moveClock(dayMs)
  await house.keep()
  const { url, delivered } = await serveSmtp()
  await house.send(url)
  expect(delivered.map(({ mail }) => mail.subject)).toEqual([
    'Reminder: your approval is asked for: Launch the campaign',
  ])
  expect((await mailsOf(tenant)).map(({ failure }) => failure)).toEqual(['A newer one took its place.', null])
})

test('what was decided meanwhile, and what would go to somebody who left, is not sent', async () => {
  const { tenant, ids } = await waiting(2)
  const { members } = tenant
  await settleApproval(engine, { tenantId: tenant.id, id: ids[0] ?? '' }, 'withdrawn', new Date(house.now()))
  await removeMember(engine, tenant.id, members.ana.id, new Date(house.now()))
  const mail = vi.fn<Doors['mail']>()
  await sendDue(senderParts(mail), never)
  expect(mail).not.toHaveBeenCalled()
  expect((await mailsOf(tenant)).map(({ failure }) => failure).toSorted()).toEqual([
    'It was decided before this could be sent.',
    'The member has left, or has not signed in with the address.',
  ])
})

test('senders side by side send each mail once, to the same id', async () => {
  const { tenant } = await waiting(25)
  const keys: string[] = []
  const parts = senderParts(async (_, key) => {
    keys.push(key)
    return { messageId: '', accepted: [] }
  })
  await Promise.all([sendDue(parts, never), sendDue(parts, never), sendDue(parts, never)])
  expect(keys).toHaveLength(25)
  expect(new Set(keys).size).toBe(25)
  expect((await mailsOf(tenant)).every(({ sent }) => sent)).toBe(true)
})

test('a mail that was sealed with a key which this process has not read yet waits', async () => {
  const { tenant } = await waiting()
  const mail = vi.fn<Doors['mail']>()
  await sendDue(senderParts(mail, { keys: new KeyRing('', [Buffer.alloc(32, 1)]) }), never)
  expect(mail).not.toHaveBeenCalled()
  expect(await mailsOf(tenant)).toMatchObject([{ due: true, failure: 'No key of the key file opens it.' }])
})

test('it looks again and again until it is stopped, and what is under way then may end', async () => {
  const { tenant } = await waiting()
  const { promise, resolve } = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const sender = createMailSender(
    senderParts(async () => {
      begun.resolve()
      await promise
      return { messageId: '', accepted: [] }
    }),
  )
  sender.start()
  await begun.promise
  const stopped = sender.stop()
  resolve()
  await stopped
  expect(await mailsOf(tenant)).toMatchObject([{ sent: true }])
})

test('what does not end in time is cut off, and sent by whoever comes next', async () => {
  const { tenant } = await waiting()
  const begun = Promise.withResolvers<void>()
  const sender = createMailSender(
    senderParts(
      (_, __, signal) =>
        new Promise((_resolve, reject) => {
          begun.resolve()
          signal.addEventListener('abort', () => reject(new Error('cut off')))
        }),
    ),
  )
  sender.start()
  await begun.promise
  await sender.stop(0)
  expect(await mailsOf(tenant)).toMatchObject([{ sent: false, due: true, failure: 'cut off' }])
})

test('what was sent is forgotten after a month, with its link; what waits is not', async () => {
  const { tenant } = await waiting()
  const parts = senderParts(async () => ({ messageId: '', accepted: [] }))
  await sendDue(parts, never)
  const rows = async () => {
    const { rowCount } = await engine.query('select from approval_links where tenant_id = $1', [tenant.id])
    return [(await mailsOf(tenant)).length, rowCount]
  }
  house.moveClock(29 * dayMs)
  await forgetOld(parts)
  expect(await rows()).toEqual([1, 1])
  house.moveClock(5 * dayMs)
  await forgetOld(parts)
  expect(await rows()).toEqual([0, 0])
})
