// A house of its own for the matrix: two worlds made by a running engine, then a server on which nothing that is done is kept.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { readConfig } from '../../src/config.ts'
import { createApiKey } from '../../src/governance/api-keys.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { memberRoles } from '../../src/kernel/access/permissions.ts'
import { failed } from '../../src/kernel/problem.ts'
import { type House, openHouse } from '../../src/main.ts'
import { buildEngine } from '../../src/main/build-engine.ts'
import { openServing, type Serving } from '../../src/main/serving.ts'
import { createAddressReader } from '../../src/api/client-address.ts'
import { createServer } from '../../src/api/server.ts'
import { asTenant } from '../../src/record/database.ts'
import { insertMember } from '../../src/record/members.ts'
import { insertTenant } from '../../src/record/tenants.ts'
import { createEmptyDatabase } from '../setup/database.ts'
import { alterDatabase } from './altered-database.ts'
import { buildWorld } from './build-world.ts'
import type { Builder } from './builder.ts'
import type { DeadCredentials } from './cells.ts'
import type { World } from './world.ts'

export interface IsolationHouse {
  readonly own: World
  readonly foreign: World
  readonly dead: DeadCredentials
  /** A listening server. With `withoutFilters` no statement filters by tenant. */
  serve(options: { readonly withoutFilters: boolean }): Promise<Served>
  close(): Promise<void>
}

export interface Served {
  readonly app: FastifyInstance
  readonly url: string
  /** Conditions on the tenant that were taken out of statements. */
  removed(): number
  /** That those statements are about. */
  readonly tables: ReadonlySet<string>
}

export async function openIsolationHouse(): Promise<IsolationHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-isolation-'))
  const { host, port, user, password, database } = await createEmptyDatabase()
  const query = new URLSearchParams({ host, port: String(port) })
  const config = readConfig({
    DATABASE_URL: `postgres://${user}:${encodeURIComponent(password ?? '')}@/${database}?${query.toString()}`,
    COUNTERSIGN_DATA: dataDir,
  })
  const house = await openHouse(config, { log: () => {} })
  const closing: (() => Promise<unknown>)[] = []
  const serve: IsolationHouse['serve'] = async ({ withoutFilters }) => {
    const altered = alterDatabase(house.database, { withoutFilters })
    const served = await serveHouse({ ...house, database: altered.database })
    closing.push(() => served.close())
    return { ...served, removed: altered.removed, tables: altered.tables }
  }
  const plain = await serveHouse(house)
  closing.push(() => plain.close())
  const engine = buildEngine(house, { log: () => {} })
  await engine.start()
  const own = await worldOf(house, plain.app, 'own')
  const foreign = await worldOf(house, plain.app, 'foreign')
  const dead = await deadCredentials(house, plain.serving, own)
  await engine.stop()
  // As if they had been sent.
  await house.database.engine.query(`update deliveries set status = 'delivered', due_at = null, settled_at = now()`)
  return {
    ...{ own, foreign, dead, serve },
    close: async () => {
      for (const close of closing) await close()
      await house.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function serveHouse(house: House) {
  const serving = await openServing(house, { log: () => {} }, createAddressReader([]).addressOf)
  const app = await createServer({
    parts: () => serving.parts,
    people: () => serving.people,
    authenticate: (request) => serving.authenticate(request),
    onClose: () => serving.hub.close(),
    checksAnswers: true,
    mostPerMinute: 0,
    url: () => house.config.url,
    version: '0.0.0',
    email: 'ops@acme.example',
    readiness: async () => [],
    receivers: { webhook: refuse, callback: refuse },
    report: (level, message, detail) => {
      if (level === 'error') process.stderr.write(`${message} ${JSON.stringify(detail)}\n`)
    },
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const close = async () => {
    await app.close()
    await serving.close()
  }
  return { app, url, serving, close }
}

const refuse = async () => failed({ code: 'not_found', message: 'Nobody is there.' })

async function worldOf(house: House, app: FastifyInstance, mark: string): Promise<World> {
  const tenantId = house.newId()
  const createdAt = new Date()
  await insertTenant(house.database.engine, { id: tenantId, slug: mark, name: mark, createdAt })
  const member = async (role: (typeof memberRoles)[number]) => {
    const facts = {
      tenantId,
      email: `${role}@${mark}.example`,
      name: `${role} of ${mark}`,
      approverRoles: [],
      createdAt,
    }
    return insertMember(house.database.engine, { ...facts, id: house.newId(), role })
  }
  const [owner, admin, builder, operator, viewer] = [
    await member('owner'),
    await member('admin'),
    await member('builder'),
    await member('operator'),
    await member('viewer'),
  ]
  const send: Builder['send'] = async (key, method, path, body) => {
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${key}`,
        'if-match': '*',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() }
  }
  const members = { owner, admin, builder, operator, viewer }
  return buildWorld({ send, tenantId, slug: mark, members, keyOf: (id) => makeKey(house, tenantId, id) }, mark)
}

async function makeKey(house: House, tenantId: string, memberId: string) {
  const officer = { ...operatorOf(tenantId), role: 'owner' } as const
  const made = await asTenant(house.database, tenantId, (client) =>
    createApiKey(house, client, officer, { memberId }, { name: 'matrix', scopes: null, expiresAt: null }),
  )
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  return { id: made.value.key.id, text: made.value.text }
}

/** Each was good once. */
async function deadCredentials(house: House, { people }: Serving, own: World): Promise<DeadCredentials> {
  const { tenantId } = own
  const memberId = await ownerOf(house, tenantId)
  const revoked = await makeKey(house, tenantId, memberId)
  const expired = await makeKey(house, tenantId, memberId)
  const link = await people.signIn.makeLink('owner@own.example', 'Owner')
  const visit = { headers: {}, address: '127.0.0.1', requestId: '' }
  const signedIn = await people.signIn.withLink(visit, link.slice(link.lastIndexOf('=') + 1))
  if (!signedIn.ok) throw new Error(JSON.stringify(signedIn.problems))
  const expiredSession = people.sessionCookieOf(signedIn.value) ?? ''
  await house.database.identity.query(`update session set expires_at = now() - interval '1 second'`)
  await asTenant(house.database, tenantId, async (client) => {
    await client.query('update api_keys set revoked_at = now() where id = $1', [revoked.id])
    await client.query(`update api_keys set expires_at = now() - interval '1 second' where id = $1`, [expired.id])
  })
  return { revokedKey: revoked.text, expiredKey: expired.text, expiredSession }
}

async function ownerOf({ database }: House, tenantId: string): Promise<string> {
  const { rows } = await database.engine.query<{ id: string }>(
    `select id from members where tenant_id = $1 and role = 'owner'`,
    [tenantId],
  )
  return rows[0]?.id ?? ''
}
