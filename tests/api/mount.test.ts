// What every route gets from the server that it is mounted on.

import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkIfMatch, etagOf } from '../../src/api/edit.ts'
import { route, type Route } from '../../src/api/route.ts'
import { createServer } from '../../src/api/server.ts'
import { failed, ok } from '../../src/kernel/problem.ts'
import { createTestTenant, newId } from '../setup/database.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const answer = { schema: z.strictObject({ id: z.uuid() }), description: 'Made.' }

/** Makes a notification for the caller: something that is there once or not at all. */
const make = route({
  method: 'POST',
  path: '/notes',
  operation: 'makeNote',
  tag: 'Me',
  summary: 'Make a note',
  access: 'executions:control',
  body: z.strictObject({ text: z.string().min(1).max(20), fails: z.boolean().default(false) }),
  answers: { 201: answer },
  problems: ['conflict'],
  idempotency: 'stored',
  handle: async ({ db, principal, body, parts }) => {
    const id = parts.newId()
    await db.query(
      `insert into notifications (tenant_id, id, member_id, message, created_at) values ($1, $2, $3, $4, now())`,
      [principal.tenantId, id, principal.id, body.text],
    )
    if (body.fails) return failed({ code: 'conflict', message: 'Not like this.' })
    return ok({ status: 201, body: { id } } as const)
  },
})

/** The other transaction won, the first time. */
let losses = 0
const lose = route({
  method: 'POST',
  path: '/races',
  operation: 'loseRace',
  tag: 'Me',
  summary: 'Lose once',
  access: 'me:read',
  body: z.strictObject({}),
  answers: { 200: { description: 'Won.' } },
  problems: [],
  handle: async ({ db, principal }) => {
    await db.query(
      `insert into notifications (tenant_id, id, member_id, message, created_at) values ($1, $2, $3, 'raced', now())`,
      [principal.tenantId, newId(), principal.id],
    )
    if (losses++ === 0) throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
    return ok({ status: 200 } as const)
  },
})

const edit = route({
  method: 'PUT',
  path: '/notes/{id}',
  operation: 'editNote',
  tag: 'Me',
  summary: 'Edit a note',
  access: 'me:read',
  params: z.strictObject({ id: z.uuid() }),
  query: z.strictObject({ limit: z.coerce.number().int().max(5).default(1) }),
  body: z.strictObject({}),
  answers: { 200: { description: 'Edited.' } },
  problems: [],
  ifMatch: 'required',
  handle: async ({ request }) => {
    const checked = checkIfMatch(request.ifMatch, etagOf({ a: 1 }))
    return checked.ok ? ok({ status: 200 } as const) : checked
  },
})

const page = {
  method: 'GET',
  tag: 'Me',
  summary: 'Read',
  access: 'me:read',
  problems: [],
  handle: async () => ok({ status: 200, body: {} } as const),
} as const
const pages = route({ ...page, path: '/pages', operation: 'readPages', answers: { 200: { description: 'Pages.' } } })
const endless = route({
  ...page,
  path: '/endless',
  operation: 'readOn',
  answers: { 200: { description: 'Events.', type: 'text/event-stream' } },
})

const api = await openTestApi([make, lose, edit, pages, endless])
const tenant = await createTestTenant(api.database)
const other = await createTestTenant(api.database)

const post = (payload: unknown, headers = {}, as = memberPrincipal(tenant)) =>
  api.send(as, {
    method: 'POST',
    url: '/notes',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })

async function notesOf(text: string): Promise<number> {
  const { rowCount } = await api.database.engine.query('select from notifications where message = $1', [text])
  return rowCount ?? 0
}

test('who is nobody, or lacks the permission or the scope, is refused before the body is read', async () => {
  const send = (as: Parameters<typeof api.send>[0]) => api.send(as, { method: 'POST', url: '/notes', payload: '{' })
  const nobody = await send(undefined)
  expect([nobody.statusCode, nobody.headers['www-authenticate']]).toEqual([401, 'Bearer realm="countersign"'])
  const agent = await send(memberPrincipal(tenant, 'ana', { kind: 'agent', role: 'agent' }))
  expect(agent.json()).toMatchObject({ status: 403, detail: 'The role "agent" does not have "executions:control".' })
  const key = await send(memberPrincipal(tenant, 'ana', { scopes: ['me:read'] }))
  expect(key.json().errors).toEqual([
    {
      code: 'forbidden',
      message: 'This API key lacks the scope "executions:control".',
      hint: 'Its scopes are me:read.',
    },
  ])
})

test('what the database ended so that another could go on is done again, once', async () => {
  const { statusCode } = await api.send(memberPrincipal(tenant), { method: 'POST', url: '/races', payload: {} })
  expect([statusCode, losses, await notesOf('raced')]).toEqual([200, 2, 1])
})

test('all that is wrong with a request is said at once, with pointers', async () => {
  const { statusCode, headers, body } = await post({ text: '', fails: 1, more: 2 })
  expect([statusCode, headers['content-type']]).toEqual([422, 'application/problem+json; charset=utf-8'])
  expect(JSON.parse(body).errors).toEqual([
    { code: 'invalid_input', message: '"text" must have at least 1 character.', pointer: '/text' },
    { code: 'invalid_input', message: '"fails" must be `true` or `false`.', pointer: '/fails' },
    { code: 'invalid_input', message: 'The body has no field "more".', pointer: '/more' },
  ])
})

test.each([
  ['{"text":"a","__proto__":{"x":1}}', 'application/json', 400],
  ['{"text":', 'application/json', 400],
  ['', 'application/json', 422],
  ['text=a', 'application/x-www-form-urlencoded', 415],
  ['<a/>', 'text/xml; charset=utf-8', 415],
  [JSON.stringify({ text: 'x'.repeat(1_100_000) }), 'application/json', 413],
])('a body that is not what the route takes is refused (%#)', async (payload, type, status) => {
  expect((await post(payload, { 'content-type': type })).statusCode).toBe(status)
})

test.each([
  ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'The body is not UTF-8.'],
  ['a NUL', Buffer.from('{"text":"a\0"}'), {}, 400, 'The body holds a NUL, which no text has.'],
  [
    'a compressed body',
    gzipSync('{"text":"a"}'),
    { 'content-encoding': 'gzip' },
    415,
    'The body must be sent as it is, not as gzip.',
  ],
])('%s is refused, whatever it may hold', async (_, payload, headers, status, detail) => {
  const refused = await api.send(memberPrincipal(tenant), {
    method: 'POST',
    url: '/notes',
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  })
  expect([refused.statusCode, refused.json().detail]).toEqual([status, detail])
})

test('a byte order mark and an encoding that is none harm nobody', async () => {
  const text = `\ufeff${JSON.stringify({ text: 'marked' })}`
  expect((await post(text, { 'content-encoding': 'identity' })).statusCode).toBe(201)
})

test('a method that a path does not have is refused with those that it has, and nobody has to sign in to ask', async () => {
  const ask = (method: 'GET' | 'OPTIONS' | 'DELETE', url: string) => api.send(undefined, { method, url })
  const refused = await ask('GET', '/notes')
  expect([refused.statusCode, refused.headers['allow']]).toEqual([405, 'POST, OPTIONS'])
  expect(refused.json()).toMatchObject({
    code: 'method_not_allowed',
    detail: 'GET is not possible here; POST, OPTIONS are.',
  })
  expect((await ask('DELETE', `/notes/${newId()}`)).headers['allow']).toBe('PUT, OPTIONS')
  const asked = await ask('OPTIONS', '/notes')
  expect([asked.statusCode, asked.headers['allow'], asked.body]).toEqual([204, 'POST, OPTIONS', ''])
  expect((await ask('OPTIONS', '/nothing')).statusCode).toBe(404)
})

test('HEAD answers as GET does, without a body; of an answer that does not end it is refused', async () => {
  const head = (url: string, as = memberPrincipal(tenant)) => api.send(as, { method: 'HEAD', url })
  const found = await head('/pages')
  expect([found.statusCode, found.body, found.headers['content-type']]).toEqual([
    200,
    '',
    'application/json; charset=utf-8',
  ])
  expect((await head('/endless')).headers['allow']).toBe('GET, OPTIONS')
})

test('of 30 requests at once with one key one is done, and all get its answer', async () => {
  const headers = { 'idempotency-key': newId() }
  const answers = await Promise.all(Array.from({ length: 30 }, () => post({ text: 'once' }, headers)))
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1)
  expect(answers.filter(({ headers: given }) => given['idempotency-replayed'] === undefined)).toHaveLength(1)
  expect(await notesOf('once')).toBe(1)
})

test('a key belongs to one request of one caller', async () => {
  const headers = { 'idempotency-key': 'k1' }
  expect((await post({ text: 'first' }, headers)).statusCode).toBe(201)
  const reused = await post({ text: 'second' }, headers)
  expect([reused.statusCode, reused.json().code]).toEqual([422, 'key_reused'])
  expect((await post({ text: 'second' }, headers, memberPrincipal(tenant, 'ben'))).statusCode).toBe(201)
  expect((await post({ text: 'third' }, headers, memberPrincipal(other))).statusCode).toBe(201)
  expect((await post({ text: 'first' }, { 'idempotency-key': 'ä' })).statusCode).toBe(400)
})

test('of a request that is refused nothing is left, and its key is free', async () => {
  const headers = { 'idempotency-key': 'k2' }
  expect((await post({ text: 'refused', fails: true }, headers)).statusCode).toBe(409)
  expect(await notesOf('refused')).toBe(0)
  expect((await post({ text: 'accepted' }, headers)).statusCode).toBe(201)
})

test('an edit needs the state that was read; an id that is none, and a NUL, find nothing', async () => {
  const put = (id: string, headers = {}, query = '') =>
    api.send(memberPrincipal(tenant), { method: 'PUT', url: `/notes/${id}${query}`, headers, payload: {} })
  const id = newId()
  expect((await put(id)).statusCode).toBe(428)
  expect((await put(id, { 'if-match': '"x"' })).statusCode).toBe(412)
  expect((await put(id, { 'if-match': `"x", ${etagOf({ a: 1 })}` })).statusCode).toBe(200)
  expect((await put('1')).statusCode).toBe(404)
  expect((await put(`${id}%00`)).statusCode).toBe(400)
  expect((await put(id, {}, '?limit=9&x=1')).json().errors).toHaveLength(2)
})

test('a route without a permission, or a second one of its name, fails the start', async () => {
  const start = async (routes: readonly Route[]) =>
    createServer({
      routes,
      parts: () => undefined,
      people: () => undefined,
      authenticate: async () => failed({ code: 'unauthenticated', message: '' }),
      mostPerMinute: 0,
      url: () => '',
      version: '0',
      email: 'ops@acme.example',
      readiness: async () => [],
      receivers: { webhook: async () => failed(), callback: async () => failed() },
      report: () => {},
    })
  const open: Route = { ...make, access: { open: '' } }
  await expect(start([open])).rejects.toThrow('POST /notes declares no permission.')
  await expect(start([make, make])).rejects.toThrow('Two routes are makeNote.')
})
