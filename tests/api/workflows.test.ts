// Workflows over HTTP: saved from YAML or JSON, listed, compared, switched and deleted.

import { beforeEach, describe, expect, test } from 'vitest'
import type { InjectOptions } from 'fastify'
import type { Principal } from '../../src/api/principal.ts'
import { workflowVersionRoutes } from '../../src/api/routes/workflow-versions.ts'
import { workflowRoutes } from '../../src/api/routes/workflows.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const api = await openTestApi([...workflowRoutes, ...workflowVersionRoutes])
let tenant: TestTenant
let ana: Principal
beforeEach(async () => {
  tenant = await createTestTenant(api.database)
  ana = memberPrincipal(tenant)
})

const greeting = (message = 'Hello', more = '') =>
  `name: greet\ntitle: Greet people\ncategory: talk\n${more}steps:\n  - id: say\n    action: log\n    config: { message: "${message}" }\n`

type Given = Pick<InjectOptions, 'payload' | 'headers'>
const send = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, given: Given = {}, as = ana) =>
  api.send(as, { method, url, ...given })
const json = (payload: object, headers = {}): Given => ({ payload, headers })
const yaml = (payload: string, headers = {}): Given => ({
  payload,
  headers: { 'content-type': 'application/yaml', ...headers },
})
const create = (source: string, more = {}) => send('POST', '/workflows', json({ source, ...more }))

async function auditOf(tenantId: string): Promise<string[]> {
  const { rows } = await api.database.engine.query<{ action: string; actor: string }>(
    `select action, actor_id as actor from audit_entries where tenant_id = $1 order by seq`,
    [tenantId],
  )
  return rows.map(({ action, actor }) => `${action} by ${actor}`)
}

describe('creating', () => {
  test('takes YAML in JSON, YAML as it is, and JSON', async () => {
    const inJson = await create(greeting())
    expect([inJson.statusCode, inJson.json()]).toEqual([201, expect.objectContaining({ name: 'greet', version: 1 })])
    const asIs = await send('POST', '/workflows', yaml(greeting().replace('greet', 'as-yaml')))
    expect([asIs.statusCode, asIs.json().name]).toEqual([201, 'as-yaml'])
    const definition = { name: 'as-json', steps: [{ id: 'say', action: 'log', config: { message: 'Hi' } }] }
    const asJson = await send('POST', '/workflows', json({ definition, status: 'inactive' }))
    expect([asJson.statusCode, asJson.json()]).toEqual([201, expect.objectContaining({ status: 'inactive' })])
    expect(await auditOf(tenant.id)).toEqual(Array.from({ length: 3 }, () => `workflow.created by ${ana.id}`))
  })

  test('says all that is wrong at once, each with its place and a hint', async () => {
    const source = 'name: greet\nsteps:\n  - id: say\n    action: lgo\n  - id: say\n    action: log\n    config: {}\n'
    const { statusCode, body } = await create(source)
    expect(statusCode).toBe(422)
    const { errors } = JSON.parse(body)
    expect(errors).toEqual([
      expect.objectContaining({ code: 'unknown_action', pointer: '/steps/0/action', line: 4, column: 13 }),
      expect.objectContaining({ code: 'duplicate_step', line: 5 }),
      expect.objectContaining({ code: 'action_config', line: 7 }),
    ])
    expect(errors[0].hint).toContain('log')
  })

  test('a body that holds neither or both forms is refused', async () => {
    expect((await send('POST', '/workflows', json({}))).json().detail).toBe(
      'The body must hold either "source" or "definition".',
    )
    const both = await send('POST', '/workflows', json({ source: greeting(), definition: {} }))
    expect(both.statusCode).toBe(422)
  })

  test('an approval that nobody could give is refused', async () => {
    const ask = (approvers: string, quorum: string) =>
      create(
        `name: ask\nsteps:\n  - id: ok\n    action: approval.request\n    config:\n      quorum: ${quorum}\n      approvers: ${approvers}\n`,
      )
    const refused = await ask('{ role: finance_manager }', '3')
    expect(refused.json()).toMatchObject({
      code: 'unreachable_quorum',
      errors: [{ pointer: '/steps/0/config/approvers', line: 7, column: 18 }],
    })
    expect((await ask('{ role: "{{ inputs.role }}" }', '3')).json().code).toBe('expression_reference')
    expect((await ask('{ role: finance_manager }', 'unanimous')).statusCode).toBe(201)
  })

  test('the same content again is answered with what is there; other content is a conflict', async () => {
    const first = await create(greeting())
    const again = await create(`# a comment\n${greeting()}`)
    expect([again.statusCode, again.json()]).toEqual([200, { ...first.json(), is_new: false }])
    expect(again.headers['etag']).toBe(first.headers['etag'])
    const other = await create(greeting('Bye'))
    expect([other.statusCode, other.json().code]).toEqual([409, 'conflict'])
  })

  test('of many that create one name at once, one does', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((message) => create(greeting(message))))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409, 409, 409, 409])
  })

  test('the addresses of webhooks are told once, and again to a retry with the same key', async () => {
    const source = greeting('Hi', 'trigger: { webhook: {} }\n')
    const key = { 'idempotency-key': newId() }
    const first = await send('POST', '/workflows', json({ source }, key))
    expect(first.json().webhooks).toEqual([{ position: 0, url: expect.stringMatching(/^http:.*\/hooks\/[\w-]{43}$/) }])
    expect((await send('POST', '/workflows', json({ source }, key))).body).toBe(first.body)
    expect((await create(source)).json().webhooks).toEqual([])
    const detail = await send('GET', '/workflows/greet')
    expect(detail.body).not.toContain(first.json().webhooks[0].url.split('/').at(-1))
  })
})

describe('checking', () => {
  test('a valid definition is told its class, and nothing is saved', async () => {
    const source = `name: call\nsteps:\n  - id: post\n    action: http.request\n    config: { url: "https://example.com", method: POST }\n`
    const { statusCode, body } = await send('POST', '/workflows/validate', json({ source }))
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      expect.objectContaining({
        valid: true,
        problems: [],
        name: 'call',
        content_hash: expect.stringMatching(/^\w{64}$/),
      }),
    ])
    expect(JSON.parse(body).impact).toMatchObject({ class: 'C', reasons: [{ step: 'post', class: 'C' }] })
    expect((await send('GET', '/workflows')).json().total).toBe(0)
  })

  test('what is wrong has lines where the text is the caller’s, and pointers alone where it is JSON', async () => {
    const found = await send('POST', '/workflows/validate', yaml('name: X\nsteps: []\n'))
    expect(found.json()).toMatchObject({ valid: false, definition: null, problems: [{ line: 1 }, { line: 2 }] })
    const inJson = await send('POST', '/workflows/validate', json({ definition: { name: 'X', steps: [] } }))
    expect(inJson.json().problems.map((problem: object) => Object.keys(problem))).toEqual([
      ['code', 'message', 'hint', 'pointer'],
      ['code', 'message', 'pointer'],
    ])
  })

  test('the class counts what child workflows do', async () => {
    const child = `name: child\nsteps:\n  - { id: mail, action: email.send, config: { to: [a@example.com], subject: Hi, text: Hi } }\n`
    expect((await create(child)).statusCode).toBe(201)
    const parent = `name: parent\nsteps:\n  - { id: go, action: workflow.run, config: { workflow: child } }\n`
    const { impact } = (await send('POST', '/workflows/validate', json({ source: parent }))).json()
    expect(impact).toEqual({
      class: 'C',
      reasons: [{ step: 'go', class: 'C', reason: 'It starts the workflow "child", which is class C.' }],
    })
  })

  test('every role may check, only builders and above save', async () => {
    const as = (role: Principal['role']) => ({ ...ana, role })
    const given = json({ source: greeting() })
    for (const role of ['operator', 'viewer', 'agent'] as const) {
      expect((await send('POST', '/workflows/validate', given, as(role))).statusCode).toBe(200)
      expect((await send('POST', '/workflows', given, as(role))).statusCode).toBe(403)
    }
    expect((await send('POST', '/workflows', given, as('builder'))).statusCode).toBe(201)
  })
})

describe('a workflow', () => {
  test('is shown with its definition, its triggers and its class', async () => {
    await create(greeting('Hi', 'trigger: { event: order.created }\n'))
    const { body, headers } = await send('GET', '/workflows/greet')
    expect(JSON.parse(body)).toMatchObject({
      name: 'greet',
      title: 'Greet people',
      description: null,
      status: 'active',
      version: 1,
      updated_by: `member:${ana.id}`,
      source: greeting('Hi', 'trigger: { event: order.created }\n'),
      definition: { steps: [{ id: 'say', action: 'log' }] },
      triggers: [{ kind: 'event', enabled: true, definition: { event: 'order.created' } }],
      impact: { class: 'A' },
    })
    expect(headers['etag']).toMatch(/^"[\w-]+"$/)
  })

  test('gets a new version only from what was read', async () => {
    const { headers } = await create(greeting())
    const put = (source: string, ifMatch?: string) =>
      send('PUT', '/workflows/greet', yaml(source, ifMatch === undefined ? {} : { 'if-match': ifMatch }))
    const etag = String(headers['etag'])
    expect((await put(greeting('Bye'))).statusCode).toBe(428)
    expect((await put(greeting('Bye'), '"other"')).statusCode).toBe(412)
    const saved = await put(greeting('Bye'), etag)
    expect([saved.statusCode, saved.json()]).toEqual([200, expect.objectContaining({ version: 2, is_new: true })])
    expect((await put(greeting('Ciao'), etag)).statusCode).toBe(412)
    expect((await put(greeting('x').replace('greet', 'other'), String(saved.headers['etag']))).json().errors).toEqual([
      expect.objectContaining({ code: 'invalid_input', pointer: '/name' }),
    ])
    const unknown = await send('PUT', '/workflows/unknown', yaml(greeting(), { 'if-match': '*' }))
    expect(unknown.statusCode).toBe(404)
    expect(await auditOf(tenant.id)).toEqual([`workflow.created by ${ana.id}`, `workflow.version_saved by ${ana.id}`])
  })

  test('is switched off and on, and its ETag tells so', async () => {
    const { headers } = await create(greeting('Hi', 'trigger: { every: 1h }\n'))
    const off = await send('POST', '/workflows/greet/deactivate', { headers: { 'if-match': String(headers['etag']) } })
    expect([off.statusCode, off.json()]).toEqual([200, expect.objectContaining({ status: 'inactive' })])
    expect(off.json().triggers).toMatchObject([{ enabled: false, next_fire_at: null }])
    const stale = { headers: { 'if-match': String(headers['etag']) } }
    expect((await send('POST', '/workflows/greet/activate', stale)).statusCode).toBe(412)
    expect((await send('POST', '/workflows/greet/activate')).json()).toMatchObject({ status: 'active' })
  })

  test('is run, once for one key', async () => {
    await create(greeting('Hi', 'inputs: { who: { type: string } }\n'))
    const start = (who: unknown, key: string) =>
      send('POST', '/workflows/greet/executions', json({ inputs: { who } }, { 'idempotency-key': key }))
    const first = await start('Ana', 'k1')
    expect([first.statusCode, first.json()]).toEqual([201, expect.objectContaining({ workflow: 'greet' })])
    expect((await start('Ana', 'k1')).json()).toEqual(first.json())
    expect((await start('Ben', 'k1')).json().code).toBe('key_reused')
    expect((await start(7, 'k2')).json().code).toBe('invalid_input')
    expect((await send('POST', '/workflows/none/executions', json({}))).statusCode).toBe(404)
    await send('POST', '/workflows/greet/deactivate')
    expect((await start('Ana', 'k3')).statusCode).toBe(409)
  })

  test('is deleted, and brought back by creating it again', async () => {
    await create(greeting())
    expect((await send('DELETE', '/workflows/greet')).statusCode).toBe(204)
    for (const [method, url] of [
      ['GET', '/workflows/greet'],
      ['GET', '/workflows/greet/versions'],
      ['GET', '/workflows/greet/versions/1'],
      ['GET', '/workflows/greet/diff'],
      ['POST', '/workflows/greet/activate'],
      ['DELETE', '/workflows/greet'],
    ] as const) {
      expect([url, (await send(method, url)).statusCode]).toEqual([url, 404])
    }
    const back = await create(greeting('Back'))
    expect([back.statusCode, back.json().version]).toEqual([201, 2])
  })

  test.each(['Greet', 'gr%20eet', 'gr__eet', '..%2F..', '%00', 'a'.repeat(101), '%F0%9F%91%8B'])(
    'of the odd name %s does not exist',
    async (name) => {
      const { statusCode } = await send('GET', `/workflows/${name}`)
      expect(statusCode).toBe(name === '%00' ? 400 : 404)
    },
  )

  test('of another tenant does not exist', async () => {
    await create(greeting())
    const stranger = memberPrincipal(await createTestTenant(api.database))
    const calls = [
      send('GET', '/workflows/greet', {}, stranger),
      send('PUT', '/workflows/greet', yaml(greeting(), { 'if-match': '*' }), stranger),
      send('POST', '/workflows/greet/deactivate', {}, stranger),
      send('DELETE', '/workflows/greet', {}, stranger),
      send('GET', '/workflows/greet/versions/1', {}, stranger),
    ]
    for (const answer of await Promise.all(calls)) expect(answer.statusCode).toBe(404)
    expect((await send('GET', '/workflows', {}, stranger)).json()).toMatchObject({ items: [], total: 0 })
    const theirs = `name: theirs\nsteps:\n  - { id: go, action: workflow.run, config: { workflow: greet } }\n`
    const named = await send('POST', '/workflows', json({ source: theirs }), stranger)
    expect(named.json().code).toBe('unknown_workflow')
  })
})

describe('a list', () => {
  const names = async (query: string): Promise<string[]> =>
    (await send('GET', `/workflows?${query}`)).json().items.map(({ name }: { name: string }) => name)

  beforeEach(async () => {
    for (const [name, extra] of [
      ['alpha', 'title: 100% sure\ncategory: money\n'],
      ['beta', 'trigger: { event: x }\n'],
      ['gamma', 'category: money\ntrigger: [{ webhook: {} }, { every: 1d }]\n'],
    ] as const) {
      const source = `name: ${name}\n${extra}steps: [{ id: say, action: log, config: { message: Hi } }]\n`
      await create(source, name === 'beta' ? { status: 'inactive' } : {})
    }
  })

  test('is filtered, sorted and cut into pages', async () => {
    expect(await names('')).toEqual(['alpha', 'beta', 'gamma'])
    expect(await names('status=inactive')).toEqual(['beta'])
    expect(await names('category=money&sort=-name')).toEqual(['gamma', 'alpha'])
    expect(await names('search=0%25')).toEqual(['alpha'])
    expect(await names('search=MM')).toEqual(['gamma'])
    expect(await names('trigger=schedule')).toEqual(['gamma'])
    expect(await names('sort=-created_at')).toEqual(['gamma', 'beta', 'alpha'])
    expect((await send('GET', '/workflows?limit=2&offset=1')).json()).toMatchObject({
      items: [{ name: 'beta' }, { name: 'gamma', trigger_kinds: ['webhook', 'schedule'] }],
      ...{ total: 3, total_is_exact: true, limit: 2, offset: 1 },
    })
    expect((await send('GET', '/workflows?offset=10')).json()).toMatchObject({ items: [], total: 3 })
  })

  test('refuses what it does not know', async () => {
    const { statusCode, body } = await send('GET', '/workflows?sort=title&limit=0&nope=1')
    expect(statusCode).toBe(422)
    expect(JSON.parse(body).errors).toHaveLength(3)
  })
})

describe('versions', () => {
  beforeEach(async () => {
    const { headers } = await create(greeting())
    const changed = greeting('Bye', 'inputs: { who: { type: string } }\n')
    const source = `${changed}  - { id: wait, action: delay, config: { for: 1s } }\n`
    await send('PUT', '/workflows/greet', yaml(source, { 'if-match': String(headers['etag']) }))
  })

  test('are listed, the newest first, and kept as they were', async () => {
    const { items, total } = (await send('GET', '/workflows/greet/versions')).json()
    expect(total).toBe(2)
    expect(items).toMatchObject([
      { version: 2, is_current: true, created_by: `member:${ana.id}` },
      { version: 1, is_current: false },
    ])
    const first = (await send('GET', '/workflows/greet/versions/1')).json()
    expect(first).toMatchObject({ source: greeting(), definition: { steps: [{ config: { message: 'Hello' } }] } })
    for (const version of ['0', '3', 'x', '9999999999']) {
      expect((await send('GET', `/workflows/greet/versions/${version}`)).statusCode).toBe(404)
    }
  })

  test('are compared part by part', async () => {
    const { body } = await send('GET', '/workflows/greet/diff')
    expect(JSON.parse(body)).toEqual({
      unified: expect.stringContaining('\n-    config: { message: "Hello" }\n+    config: { message: "Bye" }\n'),
      from: 1,
      to: 2,
      counts: { added: 2, removed: 0, changed: 1 },
      steps: { added: 1, removed: 0, changed: 1 },
      parts: [
        {
          ...{ subject: 'step', name: 'say', counts: { added: 0, removed: 0, changed: 1 } },
          changes: [
            {
              ...{ kind: 'changed', path: 'config.message', before: 'Hello', after: 'Bye' },
              ...{ pointer_before: '/steps/0/config/message', pointer_after: '/steps/0/config/message' },
            },
          ],
        },
        expect.objectContaining({ subject: 'input', name: 'who' }),
        expect.objectContaining({ subject: 'step', name: 'wait' }),
      ],
    })
    expect((await send('GET', '/workflows/greet/diff?from=2&to=1')).json().counts).toEqual({
      added: 0,
      removed: 2,
      changed: 1,
    })
    expect((await send('GET', '/workflows/greet/diff?from=1&to=1')).json().parts).toEqual([])
    expect((await send('GET', '/workflows/greet/diff?from=7')).statusCode).toBe(404)
  })
})
