// A house to be attacked: a server on a real port, the engine running, a tenant that must not show, and tenants that ask.

import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAddressReader } from '../../src/api/client-address.ts'
import { createServer } from '../../src/api/server.ts'
import { readConfig } from '../../src/config.ts'
import { createApiKey } from '../../src/governance/api-keys.ts'
import { memberRoles } from '../../src/kernel/access/permissions.ts'
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts'
import { buildEngine } from '../../src/main/build-engine.ts'
import { openServing, type Serving } from '../../src/main/serving.ts'
import { type House, type Log, openHouse } from '../../src/main.ts'
import { asTenant } from '../../src/record/database.ts'
import { insertMember, type Member } from '../../src/record/members.ts'
import { insertTenant } from '../../src/record/tenants.ts'
import { buildWorld } from '../isolation/build-world.ts'
import type { Builder } from '../isolation/builder.ts'
import type { World } from '../isolation/world.ts'

/** Stands in every name of the tenant that must not show, and in no request. */
export const foreignMark = 'zzunmistakablezz'

export interface FuzzWorld extends World {
  /** Id of a second key of the owner: revoking it ends nothing. */
  readonly spareKey: string
}

export interface FuzzHouse {
  readonly port: number
  readonly document: JsonObject
  readonly foreign: World
  /** What the log says went wrong inside, by request. */
  readonly errors: ReadonlyMap<string, string>
  /** A tenant of its own with one of everything: what earlier requests have deleted is there again. */
  newWorld(): Promise<FuzzWorld>
  close(): Promise<void>
}

export async function openFuzzHouse(databaseUrl: string): Promise<FuzzHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-fuzz-'))
  const errors = new Map<string, string>()
  const log: Log = (level, message, { request, ...detail }) => {
    if (level === 'error') errors.set(String(request), `${message} ${JSON.stringify(detail)}`)
  }
  const opened: { house?: House; serving?: Serving } = {}
  const app = await createServer({
    report: log,
    readiness: async () => [],
    url: () => opened.house?.config.url ?? '',
    version: '0.0.0',
    email: 'ops@acme.example',
    mostPerMinute: 0,
    checksAnswers: true,
    parts: () => opened.serving?.parts,
    people: () => opened.serving?.people,
    authenticate: async (request) => present(opened.serving).authenticate(request),
    onClose: () => opened.serving?.hub.close(),
    receivers: {
      webhook: (token, headers, body) => present(opened.house).webhooks.receive(token, { headers, body }),
      callback: (token, body) => present(opened.house).callbacks.receive(token, body),
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = addressIn(app.server.address())
  const url = `http://127.0.0.1:${port}`
  const environment = { DATABASE_URL: databaseUrl, COUNTERSIGN_DATA: dataDir, COUNTERSIGN_URL: url }
  const house = await openHouse(readConfig(environment), { log })
  opened.house = house
  opened.serving = await openServing(house, { log }, createAddressReader([]).addressOf)
  const engine = buildEngine(house, { log })
  await engine.start()
  let worlds = 0
  return {
    port,
    errors,
    document: await documentAt(url),
    foreign: await buildWorld(await newTenant(house, url, foreignMark), foreignMark),
    newWorld: async () => {
      const mark = `own${++worlds}`
      const builder = await newTenant(house, url, mark)
      const { id: spareKey } = await builder.keyOf(builder.members.owner.id)
      return { ...(await buildWorld(builder, mark)), spareKey }
    },
    close: async () => {
      await app.close()
      await opened.serving?.close()
      await engine.stop()
      await house.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function present<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The house is not open yet')
  return part
}

function addressIn(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  return address
}

async function documentAt(url: string): Promise<JsonObject> {
  const answer = await fetch(`${url}/api/v1/openapi.json`)
  const document: unknown = await answer.json()
  if (!isJsonObject(document)) throw new Error('The document is no object')
  return document
}

async function newTenant(house: House, url: string, mark: string): Promise<Builder> {
  const { database, newId, now } = house
  const tenantId = newId()
  const slug = `t-${mark}`
  await insertTenant(database.engine, {
    id: tenantId,
    slug,
    name: `House of ${mark}`,
    packs: ['core'],
    createdAt: new Date(),
  })
  const made = new Map<string, Member>()
  for (const role of memberRoles) {
    const member = { tenantId, id: newId(), email: `${role}@${mark}.example`, name: `${role} of ${mark}`, role }
    made.set(role, await insertMember(database.engine, { ...member, approverRoles: [], createdAt: new Date() }))
  }
  const member = (role: string) => present(made.get(role))
  const [owner, admin, builder] = [member('owner'), member('admin'), member('builder')]
  return {
    ...{ tenantId, slug },
    members: { owner, admin, builder, operator: member('operator'), viewer: member('viewer') },
    keyOf: async (memberId) => {
      const { id, name, role } = present([...made.values()].find((each) => each.id === memberId))
      const actor = {
        tenantId,
        kind: 'member',
        id,
        name,
        role,
        channel: 'cli',
        address: null,
        requestId: null,
      } as const
      const request = { name: 'test', scopes: null, expiresAt: null }
      const key = await asTenant(database, tenantId, (client) =>
        createApiKey({ now, newId }, client, actor, { memberId }, request),
      )
      if (!key.ok) throw new Error(JSON.stringify(key.problems))
      return { id: key.value.key.id, text: key.value.text }
    },
    send: async (key, method, path, body) => {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          'if-match': '*',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      const given: unknown = text === '' ? {} : JSON.parse(text)
      return { status: answer.status, body: isJsonObject(given) ? given : {} }
    },
  }
}
