// What tests of the gate share: a governed tenant with an engine, somebody outside who counts what arrives, and grants.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll } from 'vitest'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { closureOf } from '../../src/engine/gate/closure.ts'
import type { Act } from '../../src/governance/approval-kinds.ts'
import { giveGrant, revokeGrants } from '../../src/governance/grants.ts'
import { workflowSchema } from '../../src/kernel/definition/workflow.ts'
import type { Mail } from '../../src/packs/kit.ts'
import type { GrantKind } from '../../src/record/grants.ts'
import type { Database } from '../../src/record/database.ts'
import { findVersion, findWorkflow } from '../../src/record/workflows.ts'
import { TestEngine } from '../engine/engine.test-kit.ts'
import { createTestTenant, newId, openOwnDatabase } from '../setup/database.ts'
import { gatePack } from './gate-pack.ts'

export interface Outside {
  readonly url: string
  /** Paths that were called, in order. */
  readonly calls: string[]
  /** Answers a path with a redirect. */
  readonly redirects: Map<string, string>
  /** Paths that fail with 503. */
  readonly broken: Set<string>
}

/** Somebody outside of the company, as far as a test's gate knows. */
export async function openOutside(): Promise<Outside> {
  const calls: string[] = []
  const outside = { calls, redirects: new Map<string, string>(), broken: new Set<string>() }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    outside.calls.push(path)
    const location = outside.redirects.get(path)
    if (location !== undefined) response.writeHead(302, { location }).end()
    else response.writeHead(outside.broken.has(path) ? 503 : 200).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return { url: `http://127.0.0.1:${address.port}`, ...outside }
}

/** An engine for a tenant with the default policy. Its doors reach this machine, which nobody has called internal. */
export async function startGovernedEngine() {
  const database = await openOwnDatabase()
  const door = createHttpDoor({ allow: ['127.0.0.1', 'localhost'], maxBytes: 10_000, timeoutMs: 10_000 })
  const mails: Mail[] = []
  const mail = async (sent: Mail) => {
    mails.push(sent)
    return { messageId: '<1@test>', accepted: sent.to }
  }
  const engine = new TestEngine(database, await createTestTenant(database, { governed: true }), {
    packs: [gatePack],
    doors: { http: door.http, mail },
  })
  await engine.engine.start()
  afterAll(async () => {
    await engine.engine.stop()
    await door.close()
    await database.close()
  })
  return { engine, mails, database, tenantId: engine.tenant.id }
}

const allActs: readonly Act[] = ['activate_workflow', 'enable_schedule', 'send_emails']

interface Given {
  readonly acts?: readonly Act[]
  readonly kind?: GrantKind
  readonly executionId?: string
  readonly expiresAt?: Date
}

/** Countersigns the current version of a workflow as it is now. Returns the version's id. */
export async function countersign(
  { engine }: Database,
  tenantId: string,
  name: string,
  { acts = allActs, kind = 'activation', ...rest }: Given = {},
): Promise<string> {
  const found = await findWorkflow(engine, tenantId, name)
  const version = await findVersion(engine, tenantId, found?.versionId ?? '')
  if (version === undefined) throw new Error(`There is no workflow ${name}`)
  const { hash, content } = await closureOf(engine, tenantId, workflowSchema.parse(version.definition))
  const ids = { workflowId: version.workflowId, versionId: version.id, approvalId: null }
  const parts = { now: Date.now, newId }
  await giveGrant(parts, engine, { tenantId }, { kind, ...ids, acts, contentHash: hash, content, ...rest })
  return version.id
}

export async function revoke({ engine }: Database, tenantId: string, versionId: string, reason: string): Promise<void> {
  await revokeGrants({ now: Date.now }, engine, { tenantId }, { versionId }, reason)
}
