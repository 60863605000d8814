// What the mails promise: who scans them decides nothing, the person whom one was sent to decides once, and nobody else does.

import { expect, test } from 'vitest'
import { serveSmtp } from '../../src/engine/doors/smtp-server.test-kit.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import type { Actor } from '../../src/kernel/access/actor.ts'
import { insertDelegation } from '../../src/record/approval-delegations.ts'
import { insertAgent } from '../../src/record/agents.ts'
import { asTenant } from '../../src/record/database.ts'
import { removeMember } from '../../src/record/members.ts'
import { auditOf } from '../setup/audit.ts'
import { newId, openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { dayMs, hourMs, linksIn, openMailHouse, shownOn } from './mail-house.test-kit.ts'

const house = await openMailHouse(await openOwnDatabase())

/** Asks, and returns the links that were mailed, by address. */
async function mailed(tenant: TestTenant, given: Parameters<typeof house.ask>[1] = {}) {
  const { url, delivered } = await serveSmtp()
  const id = await house.ask(tenant, given)
  await house.keep()
  await house.send(url)
  expect(house.troubles).toEqual([])
  const links = new Map(delivered.map(({ to, mail }) => [to[0] ?? '', linksIn(mail.text)[0] ?? '']))
  return { id, delivered, ana: links.get('ana@acme.example') ?? '', ben: links.get('ben@acme.example') ?? '' }
}

const actionsOn = async (tenant: TestTenant, id: string) =>
  (await auditOf(house.database, tenant.id)).filter(({ object }) => object.id === id).map(({ action }) => action)

test('a mail names what is asked and by whom, keeps the arguments in the house, and goes to who signed in and may decide', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant, { summary: 'Launch\nBcc: eve@evil.example\nthe campaign', impact: 'C' })
  expect(asked.delivered.map(({ to }) => to[0]).toSorted()).toEqual(['ana@acme.example', 'ben@acme.example'])
  const { mail } = asked.delivered[0] ?? {}
  expect(mail?.subject).toBe('Your approval is asked for: Launch Bcc: eve@evil.example the campaign')
  expect(mail?.text).toContain('Asked by: Dora')
  expect(mail?.text).toContain('Impact class: C')
  expect(mail?.text).toContain('If it is not decided by 2026-11-23 12:00 UTC, it is not approved.')
  expect(mail?.text).not.toContain('5,000')
  const { rows } = await house.database.engine.query<{ body: string; hash: string }>(
    `select convert_from(m.body, 'utf8') as body, encode(l.token_hash, 'escape') as hash from outgoing_mails m
      join approval_links l on l.tenant_id = m.tenant_id and l.approval_id = m.approval_id where m.tenant_id = $1`,
    [tenant.id],
  )
  const token = asked.ana.split('/').at(-1) ?? '-'
  expect(token).toHaveLength(43)
  expect(JSON.stringify(rows)).not.toContain(token)
})

test('whoever scans the mail and opens every link, by GET and HEAD, many times, decides nothing; then the person decides, once', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant)
  for (const { mail } of asked.delivered) {
    for (const link of linksIn(mail.text)) {
      for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'GET'] as const) {
        expect((await house.open(link, method)).status).toBe(200)
      }
    }
  }
  expect((await house.read(tenant, asked.id)).status).toBe('pending')
  expect(await actionsOn(tenant, asked.id)).toEqual(['approval.requested'])
  const page = await house.open(asked.ana)
  const fields = { shown: shownOn(page), vote: 'approve', ready: '', reason: 'Within the <b>budget</b>' }
  const decided = await house.post(asked.ana, fields)
  expect(decided.status).toBe(303)
  expect((await house.read(tenant, asked.id)).status).toBe('approved')
  const { rows } = await house.database.engine.query(
    'select member_id, vote, reason, channel from approval_votes where tenant_id = $1',
    [tenant.id],
  )
  expect(rows).toEqual([{ member_id: tenant.members.ana.id, vote: 'approve', reason: fields.reason, channel: 'email' }])
  const after = await house.open(String(decided.headers['location']))
  expect(after.body).toContain('Approved by Ana just now.')
  expect(after.body).not.toContain('<form')
  house.moveClock(12 * 60_000)
  for (const link of [asked.ana, asked.ben]) {
    const again = await house.post(link, { ...fields, shown: shownOn(page) })
    expect(again.status).toBe(409)
    expect(again.body).toContain('Approved by Ana 12 min ago.')
    expect((await house.open(link)).body).toContain('Approved by Ana 12 min ago.')
  }
  expect(await actionsOn(tenant, asked.id)).toEqual(['approval.requested', 'approval.voted', 'approval.approved'])
})

test('of two POSTs at the same moment one decides', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant, { quorum: 2 })
  const fields = { shown: shownOn(await house.open(asked.ana)), vote: 'approve' }
  const answers = await Promise.all([house.post(asked.ana, fields), house.post(asked.ana, fields)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
  expect((await house.open(asked.ana)).body).toContain('You approved this just now.')
  expect((await house.read(tenant, asked.id)).status).toBe('pending')
})

test('the page shows the exact arguments, loads and runs nothing, and shows as text what somebody wrote', async () => {
  const tenant = await house.tenant()
  const evil = '"><script>alert(1)</script>'
  const asked = await mailed(tenant, { summary: evil, details: { note: evil, token: '{{ secrets.SHOP }}' } })
  const page = await house.open(asked.ana)
  expect(page.body).not.toContain('<script')
  expect(page.body).toContain('secrets.SHOP')
  expect(page.body).toContain('Black Friday at 20 % off')
  expect(page.body).toContain('Your approval is asked for, Ana.')
  expect(page.body).toContain('0 of 1 approved')
  expect(page.body).toMatch(/<html lang="en">[^]*<h1>[^]*<h2>[^]*<label>Reason <textarea/)
  expect(page.body).not.toMatch(/<link|<img|style="|https?:\/\/(?!www\.w3)/)
  expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
  expect(String(page.headers['content-security-policy'])).toMatch(/^default-src 'none'; style-src 'sha256-/)
})

test('class C asks once more, and a rejection needs no second step', async () => {
  const tenant = await house.tenant()
  const first = await mailed(tenant, { impact: 'C' })
  const shown = shownOn(await house.open(first.ana))
  const hasty = await house.post(first.ana, { shown, vote: 'approve' })
  expect(hasty.status).toBe(422)
  expect(hasty.body).toContain('role="alert"')
  expect((await house.read(tenant, first.id)).status).toBe('pending')
  expect((await house.post(first.ana, { shown, vote: 'approve', read: 'yes' })).status).toBe(303)
  const second = await mailed(tenant, { impact: 'C' })
  const fields = {
    shown: shownOn(await house.open(second.ana)),
    vote: 'reject',
    ready: 'over_budget',
    reason: 'Ask in May.',
  }
  expect((await house.post(second.ana, fields)).status).toBe(303)
  expect((await house.read(tenant, second.id)).status).toBe('rejected')
  const { rows } = await house.database.engine.query('select reason from approval_votes where approval_id = $1', [
    second.id,
  ])
  expect(rows).toEqual([{ reason: 'It is over the budget: Ask in May.' }])
})

test('a token that nobody was sent, the form of another page, and one that says nothing are refused', async () => {
  const tenant = await house.tenant()
  const [asked, other] = [await mailed(tenant), await mailed(tenant)]
  const forged = `${asked.ana.slice(0, -3)}abc`
  expect((await house.open(forged)).status).toBe(404)
  expect((await house.open(`${asked.ana}x`)).status).toBe(404)
  const shown = shownOn(await house.open(asked.ana))
  expect((await house.post(forged, { shown, vote: 'approve' })).status).toBe(404)
  for (const fields of [
    { vote: 'approve' },
    { shown: '', vote: 'approve' },
    { shown: shown.replace(/\..*/, '.'), vote: 'approve' },
    { shown, vote: 'maybe' },
    { shown, vote: 'approve', reason: 'nul \0' },
    { shown: shownOn(await house.open(asked.ben)), vote: 'approve' },
    { shown: shownOn(await house.open(other.ana)), vote: 'approve' },
  ]) {
    expect([fields, (await house.post(asked.ana, fields)).status]).toEqual([fields, 422])
  }
  expect((await house.read(tenant, asked.id)).status).toBe('pending')
  expect((await house.post(asked.ana, { shown, vote: 'approve' })).status).toBe(303)
})

test('content that changed since is decided by nobody: the page says so, and a form that was open voids it', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant)
  const shown = shownOn(await house.open(asked.ana))
  const before = house.subject.state.content
  house.subject.state.content = { text: 'Black Friday at 90 % off' }
  try {
    const page = await house.open(asked.ben)
    expect(page.body).toContain('It has changed since it was asked for')
    expect(page.body).not.toContain('<form')
    expect((await house.read(tenant, asked.id)).status).toBe('pending')
    const late = await house.post(asked.ana, { shown, vote: 'approve' })
    expect(late.status).toBe(409)
    expect(late.body).toContain('nothing was decided')
    expect((await house.read(tenant, asked.id)).status).toBe('void')
  } finally {
    house.subject.state.content = before
  }
  expect((await house.post(asked.ben, { shown, vote: 'approve' })).status).toBe(409)
})

test('what an approver has changed is shown before it is decided: a page from before decides nothing', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant, { quorum: 2 })
  const shown = shownOn(await house.open(asked.ana))
  await house.database.engine.query(`update approvals set edit = '{"text":"19 %"}', edit_hash = 'e1' where id = $1`, [
    asked.id,
  ])
  const late = await house.post(asked.ana, { shown, vote: 'approve' })
  expect(late.status).toBe(409)
  expect(late.body).toContain('has changed since this page was opened')
  expect(late.body).toContain('19 %')
  expect((await house.post(asked.ana, { shown: shownOn(late), vote: 'approve' })).status).toBe(303)
  // Another change takes her vote away, and does not give her link back.
  await house.database.engine.query(`update approvals set edit_hash = 'e2' where id = $1`, [asked.id])
  expect((await house.open(asked.ana)).body).toContain('This link was used just now.')
  expect((await house.post(asked.ana, { shown: shownOn(late), vote: 'approve' })).status).toBe(410)
})

test('a link ends after three days, or with its approval; a reminder brings another one', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant, { expiresAt: new Date(house.now() + 10 * dayMs) })
  const shown = shownOn(await house.open(asked.ana))
  house.moveClock(72 * hourMs)
  expect((await house.open(asked.ana)).body).toContain('This link expired just now.')
  expect((await house.post(asked.ana, { shown, vote: 'approve' })).status).toBe(410)
  house.moveClock(7 * dayMs)
  const late = await house.post(asked.ana, { shown, vote: 'approve' })
  expect(late.status).toBe(409)
  expect(late.body).toContain('Expired')
  expect((await house.read(tenant, asked.id)).status).toBe('pending')
})

test('who left decides nothing and sees nothing, nor does who decided already in another way', async () => {
  const tenant = await house.tenant()
  const asked = await mailed(tenant, {
    quorum: 2,
    approvers: { members: ['ana@acme.example', 'ben@acme.example', 'cleo@acme.example'] },
  })
  const { ana, ben } = tenant.members
  const shown = shownOn(await house.open(asked.ana))
  const bens = shownOn(await house.open(asked.ben))
  const actor: Actor = {
    tenantId: tenant.id,
    kind: 'member',
    id: ben.id,
    name: 'Ben',
    channel: 'api',
    address: null,
    requestId: null,
  }
  await asTenant(house.database, tenant.id, (client) =>
    decideApproval(house.parts, client, actor, { approvalId: asked.id, memberId: ben.id, vote: 'approve' }),
  )
  const again = await house.post(asked.ben, { shown: bens, vote: 'approve' })
  expect(again.status).toBe(409)
  expect(again.body).toContain('You approved this just now.')
  await removeMember(house.database.engine, tenant.id, ana.id, new Date())
  const gone = await house.open(asked.ana)
  expect(gone.body).toContain('no member any more')
  expect(gone.body).not.toContain('Launch')
  expect((await house.post(asked.ana, { shown, vote: 'approve' })).status).toBe(403)
  expect((await house.read(tenant, asked.id)).status).toBe('pending')
})

test('a seat that was handed over is decided by the mail of the delegate, in the name of both', async () => {
  const tenant = await house.tenant()
  const { ben, cleo } = tenant.members
  const { url, delivered } = await serveSmtp()
  const id = await house.ask(tenant, { quorum: 2 })
  const handover = { approvalId: id, memberId: ben.id, delegateId: cleo.id, createdAt: new Date(house.now()) }
  await insertDelegation(house.database.engine, { tenantId: tenant.id, ...handover })
  await house.keep()
  await house.send(url)
  expect(delivered.map(({ to }) => to[0]).toSorted()).toEqual(['ana@acme.example', 'cleo@acme.example'])
  const link = linksIn(delivered.find(({ to }) => to[0] === 'cleo@acme.example')?.mail.text)[0] ?? ''
  const fields = { shown: shownOn(await house.open(link)), vote: 'approve' }
  expect((await house.post(link, fields)).status).toBe(303)
  const { rows } = await house.database.engine.query(
    'select member_id, on_behalf_of from approval_votes where approval_id = $1',
    [id],
  )
  expect(rows).toEqual([{ member_id: cleo.id, on_behalf_of: ben.id }])
})

test('while the house is not open yet, the page says so', async () => {
  const closed = await openMailHouse(house.database, { isOpen: false })
  const link = `/approve/${'x'.repeat(43)}`
  expect((await closed.open(link)).status).toBe(503)
  expect((await closed.post(link, { vote: 'approve' })).status).toBe(503)
})

test('a mail names an agent that asks, and whoever is at the machine', async () => {
  const tenant = await house.tenant()
  const agent = { tenantId: tenant.id, id: newId(), name: 'Buyer', createdBy: 'operator', createdAt: new Date() }
  await asTenant(house.database, tenant.id, (client) => insertAgent(client, agent))
  for (const [requestedBy, name] of [
    [`agent:${agent.id}`, 'Buyer'],
    ['operator', 'operator'],
  ] as const) {
    const { delivered, ana } = await mailed(tenant, { requestedBy })
    expect(delivered[0]?.mail.text).toContain(`Asked by: ${name}\n`)
    expect((await house.open(ana)).body).toContain(`<dt>Asked by</dt><dd>${name}</dd>`)
  }
})

test('who asks too often is asked to wait', async () => {
  const strict = await openMailHouse(house.database, { limited: true })
  const link = `/approve/${'x'.repeat(43)}`
  const statuses = []
  for (let count = 0; count < 32; count++) statuses.push((await strict.open(link)).status)
  expect(statuses.slice(29)).toEqual([404, 429, 429])
})
