// What approvals promise by the clock: nothing is approved by silence, time is up once, and reminders come one at a time,
// whatever the clock and the processes do.

import { beforeEach, expect, test } from 'vitest'
import { serveSmtp } from '../../src/engine/doors/smtp-server.test-kit.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { insertAbsence } from '../../src/record/absences.ts'
import { insertApprovals } from '../../src/record/approvals.ts'
import { auditOf } from '../setup/audit.ts'
import { newId, openOwnDatabase, setGovernance, type TestTenant } from '../setup/database.ts'
import { newExecution } from '../setup/executions.ts'
import { dayMs, hourMs, linksIn, openMailHouse, shownOn } from './mail-house.test-kit.ts'

const house = await openMailHouse(await openOwnDatabase())
const { database, subject } = house

beforeEach(async () => {
  // What other tests left waiting is none of the next one's business.
  await database.engine.query(`update approvals set status = 'cancelled', decided_at = now() where status = 'pending'`)
  await database.engine.query('delete from outgoing_mails')
  house.setClock(Date.parse('2026-11-21T12:00:00Z'))
  house.troubles.length = 0
  subject.settled.length = 0
})

const endings = (id: string) => subject.settled.filter((one) => one.approvalId === id).map(({ decision }) => decision)

const actionsOn = async (tenant: TestTenant, id: string) =>
  (await auditOf(database, tenant.id)).filter(({ object }) => object.id === id).map(({ action }) => action)

/** Who was told, with the beginning of the title, in order. */
async function told(tenant: TestTenant): Promise<string[]> {
  const { rows } = await database.engine.query<{ said: string }>(
    `select m.name || ': ' || split_part(n.title, ':', 1) as said from notifications n
      join members m on m.tenant_id = n.tenant_id and m.id = n.member_id where n.tenant_id = $1 order by n.created_at, m.name`,
    [tenant.id],
  )
  return rows.map(({ said }) => said)
}

test('when time is up it is not approved: it ends once, whoever looks and however often', async () => {
  const tenant = await house.tenant()
  const id = await house.ask(tenant, { expiresAt: new Date(house.now() + hourMs) })
  await house.keep()
  expect(await told(tenant)).toEqual(['Ana: Your approval is asked for', 'Ben: Your approval is asked for'])
  house.moveClock(hourMs)
  await Promise.all([house.keep(), house.keep(), house.keep()])
  await house.keep()
  expect(endings(id)).toEqual(['expired'])
  expect(await house.read(tenant, id)).toMatchObject({ status: 'expired', closedReason: null })
  expect(await actionsOn(tenant, id)).toEqual(['approval.requested', 'approval.expired'])
  // Set back, the clock brings nothing back.
  house.moveClock(-dayMs)
  await house.keep()
  expect(await house.read(tenant, id)).toMatchObject({ status: 'expired' })
  expect(await told(tenant)).toHaveLength(2)
  expect(house.troubles).toEqual([])
})

test('a clock that runs ahead by a year ends what had an end, reminds once of what had none, and approves nothing', async () => {
  const tenant = await house.tenant()
  const ids = [await house.ask(tenant), await house.ask(tenant, { expiresAt: null })]
  await house.keep()
  house.moveClock(365 * dayMs)
  await house.keep()
  await house.keep()
  const found = await Promise.all(ids.map((id) => house.read(tenant, id)))
  expect(found.map(({ status }) => status)).toEqual(['expired', 'pending'])
  expect((await told(tenant)).filter((one) => one.includes('Reminder'))).toEqual(['Ana: Reminder', 'Ben: Reminder'])
  house.moveClock(dayMs - 1)
  await house.keep()
  expect(await told(tenant)).toHaveLength(6)
  house.moveClock(1)
  await house.keep()
  expect(await told(tenant)).toHaveLength(8)
})

test('a clock that is set back by a day holds back neither what is told at once nor its mail, and makes no burst afterwards', async () => {
  const tenant = await house.tenant()
  const { url, delivered } = await serveSmtp()
  const id = await house.ask(tenant, { expiresAt: new Date(house.now() + 10 * dayMs) })
  house.moveClock(-dayMs)
  await house.keep()
  await house.send(url)
  expect(delivered).toHaveLength(2)
  for (let hours = 0; hours < 48; hours += 6) {
    house.moveClock(6 * hourMs)
    await house.keep()
  }
  expect((await told(tenant)).filter((one) => one.startsWith('Ana: Reminder'))).toHaveLength(2)
  expect(await house.read(tenant, id)).toMatchObject({ status: 'pending' })
})

test('a restart loses nothing: whoever comes next tells, reminds and ends what became due meanwhile, once', async () => {
  const tenant = await house.tenant()
  const ids = [await house.ask(tenant), await house.ask(tenant, { expiresAt: new Date(house.now() + 9 * dayMs) })]
  // Nobody kept the time while they waited.
  house.moveClock(3 * dayMs)
  const next = await openMailHouse(database)
  next.setClock(house.now())
  await next.keep()
  await next.keep()
  const found = await Promise.all(ids.map((id) => house.read(tenant, id)))
  expect(found.map(({ status }) => status)).toEqual(['expired', 'pending'])
  expect(await told(tenant)).toEqual(['Ana: Your approval is asked for', 'Ben: Your approval is asked for'])
})

test('where somebody is named for it they are asked anew, for as long, and only then it ends', async () => {
  const tenant = await house.tenant()
  const { url, delivered } = await serveSmtp()
  const id = await house.ask(tenant, { escalateTo: { role: 'cfo' } })
  await house.keep()
  house.moveClock(2 * dayMs)
  await Promise.all([house.keep(), house.keep()])
  await house.send(url)
  expect(await house.read(tenant, id)).toMatchObject({
    ...{ status: 'pending', approvers: { role: 'cfo' }, expiresAt: new Date(house.now() + 2 * dayMs) },
    ...{ escalatedAt: new Date(house.now()), escalateTo: null },
  })
  expect((await told(tenant)).at(-1)).toBe('Cleo: Escalated to you')
  // What waited for the others to be sent tells of nothing that they could decide, but it is pending still.
  const mail = delivered.find(({ to }) => to[0] === 'cleo@acme.example')?.mail
  expect(mail?.subject).toBe('Escalated to you: your approval is asked for: Launch the campaign')
  expect((await house.open(linksIn(mail?.text)[0] ?? '')).body).toContain('Your approval is asked for, Cleo.')
  const anas = linksIn(delivered.find(({ to }) => to[0] === 'ana@acme.example')?.mail.text)[0]
  if (anas !== undefined) expect((await house.open(anas)).body).toContain('Only cfo may decide this: Cleo.')
  house.moveClock(2 * dayMs)
  await house.keep()
  expect(endings(id)).toEqual(['expired'])
  expect(await actionsOn(tenant, id)).toEqual(['approval.requested', 'approval.escalated', 'approval.expired'])
})

test('when those who were to be asked instead are too few, it ends', async () => {
  const tenant = await house.tenant()
  const id = await house.ask(tenant, { quorum: 2, escalateTo: { role: 'cfo' } })
  house.moveClock(2 * dayMs)
  await house.keep()
  const { status, closedReason } = await house.read(tenant, id)
  expect({ status, closedReason }).toEqual({
    ...{ status: 'expired', closedReason: 'Those who were to be asked instead are too few for the rule.' },
  })
})

test('reminders go to those who have not decided, as often as it is asked for, and are in the audit', async () => {
  const tenant = await house.tenant()
  const { url, delivered } = await serveSmtp()
  const id = await house.ask(tenant, { quorum: 2, remindEveryMs: 6 * hourMs })
  await house.keep()
  await house.send(url)
  const anas = linksIn(delivered.find(({ to }) => to[0] === 'ana@acme.example')?.mail.text)[0] ?? ''
  const fields = { shown: shownOn(await house.open(anas)), vote: 'approve' }
  expect((await house.post(anas, fields)).status).toBe(303)
  house.moveClock(6 * hourMs)
  await Promise.all([house.keep(), house.keep()])
  await house.send(url)
  expect(delivered.slice(2).map(({ to, mail }) => [to[0], mail.subject])).toEqual([
    ['ben@acme.example', 'Reminder: your approval is asked for: Launch the campaign'],
  ])
  const reminded = (await auditOf(database, tenant.id)).filter(({ action }) => action === 'approval.reminded')
  expect(reminded).toMatchObject([
    { actor: 'system', object: { id }, after: { members: [{ member_id: tenant.members.ben.id, name: 'Ben' }] } },
  ])
})

test('a step of an execution is told and reminded by the policy of the tenant; its end is left to the engine', async () => {
  const tenant = await house.tenant()
  const execution = newExecution(tenant.id)
  await startExecutions(database.engine, [execution])
  const place = { tenantId: tenant.id, executionId: execution.id, step: 'sign', item: undefined }
  const times = { createdAt: new Date(house.now()), expiresAt: new Date(house.now() + 2 * dayMs) }
  const asked = { approvers: { role: 'cfo' }, quorum: 1, summary: 'Pay 500 EUR', details: null }
  await insertApprovals(database.engine, [{ id: newId(), ...place, ...times, ...asked }])
  await house.keep()
  house.moveClock(dayMs)
  await house.keep()
  expect(await told(tenant)).toEqual(['Cleo: Your approval is asked for', 'Cleo: Reminder'])
  house.moveClock(dayMs)
  await house.keep()
  expect(await told(tenant)).toHaveLength(2)
  const { rows } = await database.engine.query(`select status from approvals where tenant_id = $1`, [tenant.id])
  expect(rows).toEqual([{ status: 'pending' }])
})

test('without a mail server they are told in the house, and nothing waits to be sent', async () => {
  const tenant = await house.tenant()
  const silent = await openMailHouse(database, { withMail: false })
  silent.setClock(house.now())
  await house.ask(tenant)
  await silent.keep()
  expect(await told(tenant)).toHaveLength(2)
  const { rows } = await database.engine.query('select from outgoing_mails where tenant_id = $1', [tenant.id])
  expect(rows).toHaveLength(0)
})

test('a tenant that wants no reminders gets none', async () => {
  const tenant = await house.tenant()
  await setGovernance(database, tenant.id, { reminders: null })
  await house.ask(tenant)
  await house.keep()
  house.moveClock(dayMs + 1)
  await house.keep()
  expect(await told(tenant)).toHaveLength(2)
})

test('whoever had a hand in it is not asked, and while somebody is away their stand-in is', async () => {
  const tenant = await house.tenant()
  const { ana, ben, cleo } = tenant.members
  const absence = { tenantId: tenant.id, id: newId(), memberId: ben.id, delegateId: cleo.id, note: null }
  const times = {
    startsAt: new Date(house.now()),
    endsAt: new Date(house.now() + dayMs),
    createdAt: new Date(house.now()),
  }
  await insertAbsence(database.engine, { ...absence, ...times })
  await house.ask(tenant, { requestedBy: `member:${ana.id}` })
  await house.keep()
  expect(await told(tenant)).toEqual(['Cleo: Your approval is asked for'])
})

test('one whose end fails is reported, stays as it was and holds up none of the others', async () => {
  const tenant = await house.tenant()
  const ids = [await house.ask(tenant), await house.ask(tenant), await house.ask(tenant)]
  house.moveClock(2 * dayMs)
  const next = await openMailHouse(database)
  next.setClock(house.now())
  next.subject.state.isBroken = true
  await next.keep()
  expect(next.troubles).toHaveLength(3)
  expect(next.troubles[0]).toContain('No way.')
  await house.keep()
  const found = await Promise.all(ids.map((id) => house.read(tenant, id)))
  expect(found.map(({ status }) => status)).toEqual(['expired', 'expired', 'expired'])
})
