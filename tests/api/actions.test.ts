// Actions and packs over HTTP, as the tenant sees them.

import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { Principal } from '../../src/api/principal.ts'
import { actionRoutes } from '../../src/api/routes/actions.ts'
import { packRoutes } from '../../src/api/routes/packs.ts'
import { workflowRoutes } from '../../src/api/routes/workflows.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { defineAction, definePack } from '../../src/packs/kit.ts'
import { createTestTenant, type TestTenant } from '../setup/database.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

const count = defineAction({
  name: 'stock.count',
  title: 'Count stock',
  description: 'Counts what lies there.',
  config: z.strictObject({ sku: z.string().describe('What to count') }),
  output: z.strictObject({ pieces: z.int() }),
  impact: 'B',
  effect: 'transactional',
  run: async () => ({ output: { pieces: 1 } }),
})
const stock = definePack({ name: 'stock', title: 'Stock', description: 'What lies there.', actions: [count] })
const registry = createHouseRegistry([stock])
const api = await openTestApi([...actionRoutes, ...packRoutes, ...workflowRoutes], { registry })
let tenant: TestTenant
let ana: Principal
beforeEach(async () => {
  tenant = await createTestTenant(api.database)
  ana = memberPrincipal(tenant)
})

async function call(method: 'GET' | 'PUT' | 'POST', url: string, payload?: object, as = ana) {
  const { statusCode, body } = await api.send(as, { method, url, ...(payload !== undefined && { payload }) })
  return { status: statusCode, body: JSON.parse(body) }
}
const enable = (enabled: boolean, as = ana) => call('PUT', '/packs/stock', { enabled }, as)
const source = `name: counting\nsteps:\n  - { id: look, action: stock.count, config: { sku: A1 } }\n`

test('actions are those of the enabled packs, with their schemas', async () => {
  const { body } = await call('GET', '/actions?limit=200')
  const names: string[] = body.items.map(({ name }: { name: string }) => name)
  expect(names).toEqual(names.toSorted())
  expect(names).toContain('http.request')
  expect(names).not.toContain('stock.count')
  expect((await call('GET', '/actions/stock.count')).status).toBe(404)
  expect((await enable(true)).body).toMatchObject({ name: 'stock', enabled: true, actions: ['stock.count'] })
  expect((await call('GET', '/actions/stock.count')).body).toMatchObject({
    ...{ name: 'stock.count', pack: 'stock', impact: 'B', effect: 'transactional', outcomes: ['completed'] },
    config: {
      type: 'object',
      required: ['sku'],
      properties: { sku: { type: 'string', description: 'What to count' } },
    },
    output: { properties: { pieces: { type: 'integer' } } },
  })
})

test('actions are filtered', async () => {
  await enable(true)
  const names = async (query: string): Promise<string[]> =>
    (await call('GET', `/actions?${query}`)).body.items.map(({ name }: { name: string }) => name)
  expect(await names('pack=stock')).toEqual(['stock.count'])
  expect(await names('impact=B&pack=stock')).toEqual(['stock.count'])
  expect(await names('search=COUNT')).toContain('stock.count')
  expect(await names('search=nothing-like-it')).toEqual([])
  expect((await call('GET', '/actions?limit=3&offset=1')).body).toMatchObject({
    limit: 3,
    offset: 1,
    total_is_exact: true,
  })
  for (const name of ['Http', 'a%2Fb', '..', '%20']) expect((await call('GET', `/actions/${name}`)).status).toBe(404)
})

test('the schema of definitions knows the actions that the tenant sees', async () => {
  expect(JSON.stringify((await call('GET', '/workflow-schema')).body)).not.toContain('stock.count')
  await enable(true)
  const { body } = await call('GET', '/workflow-schema')
  expect(body.$defs).toHaveProperty('config:stock.count')
})

test('a pack is switched by those who govern, for their tenant alone, and it is recorded once', async () => {
  const other = memberPrincipal(await createTestTenant(api.database))
  expect((await enable(true, memberPrincipal(tenant, 'ben'))).status).toBe(403)
  await enable(true)
  await enable(true)
  expect((await call('GET', '/packs')).body.items).toMatchObject([
    { name: 'core', enabled: true, required: true },
    { name: 'stock', enabled: true, required: false },
  ])
  expect((await call('GET', '/packs', undefined, other)).body.items[1]).toMatchObject({ enabled: false })
  const { rows } = await api.database.engine.query(
    'select action, object_id, before, after from audit_entries where tenant_id = $1',
    [tenant.id],
  )
  expect(rows).toEqual([
    { action: 'pack.enabled', object_id: 'stock', before: { enabled: false }, after: { enabled: true } },
  ])
})

test('a pack stays while an active workflow needs it', async () => {
  await enable(true)
  expect((await call('POST', '/workflows', { source })).status).toBe(201)
  const refused = await enable(false)
  expect([refused.status, refused.body.detail]).toEqual([
    409,
    'Active workflows use actions of the pack "stock": "counting".',
  ])
  await call('POST', '/workflows/counting/deactivate')
  expect((await enable(false)).body).toMatchObject({ enabled: false })
  expect((await call('POST', '/workflows/validate', { source })).body.problems).toMatchObject([
    { code: 'unknown_action' },
  ])
})

test('the core pack stays, and there is no other', async () => {
  expect((await call('PUT', '/packs/core', { enabled: false })).status).toBe(409)
  expect((await call('PUT', '/packs/core', { enabled: true })).status).toBe(200)
  expect((await call('PUT', '/packs/none', { enabled: true })).status).toBe(404)
  expect((await call('PUT', '/packs/Odd', { enabled: true })).status).toBe(404)
})
