// An API over HTTP on the shared test database, where a header says who asks. How that is found out in earnest is tested in
// tests/access.

import { randomUUIDv7 } from 'node:crypto'
import type { FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll } from 'vitest'
import { People } from '../../src/api/access/people.ts'
import type { ApiParts } from '../../src/api/parts.ts'
import type { Principal } from '../../src/api/principal.ts'
import type { Route } from '../../src/api/route.ts'
import { createServer } from '../../src/api/server.ts'
import { StreamHub } from '../../src/api/stream/hub.ts'
import { createStreamParts } from '../../src/api/stream/still-allowed.ts'
import { createEvents } from '../../src/engine/triggers/events.ts'
import { createStarter } from '../../src/engine/triggers/starter.ts'
import { createExpressionThreads } from '../../src/engine/expressions/expression-threads.ts'
import { failed, ok, type Result } from '../../src/kernel/problem.ts'
import { createHouseRegistry } from '../../src/main.ts'
import type { Database } from '../../src/record/database.ts'
import { KeyRing } from '../../src/record/key-ring.ts'
import { databaseKey, openTestDatabase, type TestTenant } from '../setup/database.ts'

const header = 'x-test-principal'
const address = 'http://127.0.0.1:4000'

/** A member of a tenant as a principal. */
export function memberPrincipal(
  tenant: TestTenant,
  name: keyof TestTenant['members'] = 'ana',
  given: Partial<Principal> = {},
): Principal {
  const { id, role } = tenant.members[name]
  return {
    tenantId: tenant.id,
    kind: 'member',
    id,
    name: tenant.members[name].name,
    role,
    channel: 'api',
    address: '127.0.0.1',
    requestId: null,
    via: { kind: 'session', id: 'test' },
    ...given,
  }
}

export interface TestApi {
  readonly database: Database
  readonly parts: ApiParts
  /** Sends a request below `/api/v1` as somebody; an object as body is sent as JSON. */
  send(as: Principal | undefined, request: InjectOptions & { url: string }): Promise<LightMyRequestResponse>
}

/** The server of some routes. Call it once at the top of a file. */
export async function openTestApi(routes: readonly Route[], given: Partial<ApiParts> = {}): Promise<TestApi> {
  const database = openTestDatabase()
  const expressions = createExpressionThreads({})
  const clock = { now: Date.now, newId: () => randomUUIDv7() }
  const starter = createStarter({ database, ...clock, evaluate: expressions.evaluate, maxPayload: 1_000_000 })
  const authenticate = async (request: FastifyRequest) => principalOf(request)
  const key = databaseKey()
  const hub = new StreamHub({ database, report: () => {} })
  const people = new People({ database, ...clock, key, url: address, oidc: undefined, post: undefined, log: () => {} })
  const parts: ApiParts = {
    database,
    ...clock,
    starter,
    events: createEvents({ database, ...clock, starter, log: () => {} }),
    registry: createHouseRegistry(),
    expressions,
    ...{ key, url: address, people },
    keys: new KeyRing('', [key]),
    stream: createStreamParts(hub, authenticate),
    maxPayload: 1_000_000,
    ...given,
  }
  const app = await createServer({
    routes,
    parts: () => parts,
    authenticate,
    people: () => people,
    onClose: () => hub.close(),
    checksAnswers: true,
    mostPerMinute: 0,
    url: () => parts.url,
    version: '0.0.0',
    email: 'ops@acme.example',
    readiness: async () => [],
    receivers: { webhook: refuse, callback: refuse },
    report: (level, message, detail) => {
      if (level === 'error') process.stderr.write(`${message} ${JSON.stringify(detail)}\n`)
    },
  })
  afterAll(async () => {
    await app.close()
    await people.close()
    await expressions.close()
  })
  return {
    database,
    parts,
    send: (as, { url, headers, ...rest }) =>
      app.inject({
        ...rest,
        url: `/api/v1${url}`,
        headers: { ...headers, ...(as !== undefined && { [header]: JSON.stringify(as) }) },
      }),
  }
}

function principalOf({ headers, id }: FastifyRequest): Result<Principal> {
  const { [header]: text } = headers
  if (typeof text !== 'string') return failed({ code: 'unauthenticated', message: 'Sign in.' })
  // What this file has written.
  const principal: Principal = JSON.parse(text)
  return ok({ ...principal, requestId: id })
}

const refuse = async () => failed({ code: 'not_found', message: 'Nobody is there.' })
