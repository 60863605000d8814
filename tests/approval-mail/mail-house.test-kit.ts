// What tests of approvals by clock and mail need: a database of their own, people who have signed in, a clock that the test
// holds, something to approve whose content the test changes, a mail server, and the page.

import { randomUUID } from 'node:crypto'
import { fastify, type LightMyRequestResponse } from 'fastify'
import { afterAll } from 'vitest'
import { readBodies } from '../../src/api/body.ts'
import { mountDecisions } from '../../src/api/pages/mount-decisions.ts'
import { createMailDoor } from '../../src/engine/doors/mail-door.ts'
import { hashOf } from '../../src/engine/gate/closure.ts'
import { sendDue } from '../../src/engine/mails/mail-sender.ts'
import type { ApprovalAsk, KindHandler, KindHandlers, Settled } from '../../src/governance/approval-kinds.ts'
import type { LinkParts } from '../../src/governance/approval-links.ts'
import { requestApproval } from '../../src/governance/approval-request.ts'
import { type ApprovalTimeParts, keepApprovals } from '../../src/governance/approval-times.ts'
import { failed, ok } from '../../src/kernel/problem.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { systemOf } from '../../src/kernel/access/actor.ts'
import { appendAudit } from '../../src/record/audit.ts'
import { asTenant, type Database } from '../../src/record/database.ts'
import { KeyRing } from '../../src/record/key-ring.ts'
import { findLinkedApproval } from '../../src/record/approval-links.ts'
import { insertUser } from '../../src/record/users.ts'
import { createTestTenant, databaseKey, newId, type TestTenant } from '../setup/database.ts'
import { valueOf } from '../setup/triggers.ts'

const url = 'https://countersign.example'
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export interface PageAnswer {
  readonly status: number
  readonly body: string
  readonly headers: LightMyRequestResponse['headers']
}

/** Call it at the top of a file; it closes after the file's last test. */
export async function openMailHouse(database: Database, { limited = false, withMail = true, isOpen = true } = {}) {
  let ms = Date.parse('2026-11-21T12:00:00Z')
  const now = (): number => ms
  const key = databaseKey()
  const keys = new KeyRing('', [key])
  const troubles: string[] = []
  const subject = testSubject()
  const parts: ApprovalTimeParts & LinkParts = {
    ...{
      database,
      now,
      newId,
      key,
      registry: createRegistry([]),
      kinds: subject.kinds,
      mail: withMail ? { keys, url } : undefined,
    },
    report: (_, message, { error }) => void troubles.push(`${message} ${error}`),
  }
  const app = fastify({ logger: false, genReqId: () => randomUUID() })
  readBodies(app, [])
  let address = 0
  await mountDecisions(app, {
    parts: () => (isOpen ? parts : undefined),
    addressOf: () => (limited ? '203.0.113.7' : `203.0.113.${address++}`),
  })
  afterAll(() => app.close())
  const answer = ({ statusCode: status, body, headers }: LightMyRequestResponse): PageAnswer => ({
    status,
    body,
    headers,
  })
  return {
    ...{ database, parts, keys, subject, troubles, now, app },
    setClock: (at: number): void => void (ms = at),
    moveClock: (by: number): void => void (ms += by),
    tenant: () => signedInTenant(database),
    ask: (tenant: TestTenant, given: Partial<ApprovalAsk> = {}) => askOf(parts, subject, tenant, given),
    keep: () => keepApprovals(parts, now()),
    /** Sends what is due to a mail server. */
    send: async (smtpUrl: string): Promise<void> => {
      const door = createMailDoor({ smtpUrl, from: 'Countersign <no-reply@acme.example>' })
      const sender = { engine: database.engine, mail: door.mail, keys, now, pollMs: 1000, log: () => {} }
      await sendDue(sender, new AbortController().signal).finally(() => door.close())
    },
    read: async (tenant: TestTenant, id: string) => {
      const approval = await findLinkedApproval(database.engine, { tenantId: tenant.id, approvalId: id })
      if (approval === undefined) throw new Error('The approval is gone')
      return approval
    },
    open: async (link: string, method: 'GET' | 'HEAD' = 'GET') =>
      answer(await app.inject({ method, url: link.replace(url, '') })),
    post: async (link: string, fields: Readonly<Record<string, string>>) =>
      answer(
        await app.inject({
          method: 'POST',
          url: link.replace(url, ''),
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' },
          payload: new URLSearchParams(fields).toString(),
        }),
      ),
  }
}

/** The field of a page's form that says what it showed. */
export const shownOn = ({ body }: PageAnswer): string => /name="shown" value="([^"]+)"/.exec(body)?.[1] ?? ''

/** What a mail leads to. */
export const linksIn = (text: string | undefined): string[] => text?.match(/https:\S+/g) ?? []

/** Something whose content the test changes, and which remembers what was settled. */
function testSubject() {
  const settled: Settled[] = []
  const state = { content: { text: 'Black Friday at 20 % off' }, isBroken: false }
  const handler: KindHandler = {
    settle: async (_, __, ___, given) => {
      if (state.isBroken) return failed({ code: 'conflict', message: 'No way.' })
      settled.push(given)
      return ok({ entries: [] })
    },
    contentNow: async () => ({ hash: hashOf(state.content), content: state.content }),
  }
  const kinds: KindHandlers = { activation: handler, draft: handler, template: handler, policy: handler }
  return { kinds, settled, state }
}

/** A tenant whose members have signed in, all but Dora. */
async function signedInTenant(database: Database): Promise<TestTenant> {
  const tenant = await createTestTenant(database, { governed: true })
  const { ana, ben, cleo } = tenant.members
  for (const { id, name } of [ana, ben, cleo]) {
    const user = { id: newId(), email: `${newId()}@acme.example`, name, emailVerified: true, accountId: newId() }
    await insertUser(database.identity, { ...user, createdAt: new Date() })
    await database.engine.query('update members set user_id = $3 where tenant_id = $1 and id = $2', [
      tenant.id,
      id,
      user.id,
    ])
  }
  return tenant
}

async function askOf(
  { database, now, newId: id }: ApprovalTimeParts,
  { state: { content } }: ReturnType<typeof testSubject>,
  { id: tenantId, members }: TestTenant,
  given: Partial<ApprovalAsk>,
): Promise<string> {
  const ask: ApprovalAsk = {
    ...{ kind: 'draft', subjectId: id(), summary: 'Launch the campaign', details: { budget: '5,000 EUR' } },
    ...{ impact: 'B', approvers: { role: 'finance_manager' }, quorum: 1, expiresAt: new Date(now() + 2 * dayMs) },
    ...{
      contentHash: hashOf(content),
      content,
      requestedBy: `member:${members.dora.id}`,
      author: null,
      lastEditor: null,
    },
    excludes: ['requester'],
    ...given,
  }
  return asTenant(database, tenantId, async (client) => {
    const { approvalId, entry } = valueOf(await requestApproval({ now, newId: id }, client, { tenantId }, ask))
    await appendAudit(client, systemOf(tenantId), entry)
    return approvalId
  })
}
