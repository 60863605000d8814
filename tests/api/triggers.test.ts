// Triggers and schedules over HTTP.

import { expect, test } from 'vitest'
import { triggerRoutes } from '../../src/api/routes/triggers.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import type { Trigger } from '../../src/kernel/definition/workflow.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { asTenant } from '../../src/record/database.ts'
import { createTestTenant, newId } from '../setup/database.ts'
import { memberPrincipal, openTestApi } from './api.test-kit.ts'

// The clocks of Berlin go back on the 25th.
const now = Date.parse('2026-10-23T12:00:00Z')
const api = await openTestApi(triggerRoutes, { now: () => now })
const tenant = await createTestTenant(api.database)
const viewer = memberPrincipal(tenant, 'dora', { role: 'viewer' })

async function save(name: string, trigger: Trigger | Trigger[], status: 'active' | 'inactive' = 'active') {
  const workflow = { name, trigger, steps: [{ id: 'say', action: 'log' }] }
  await asTenant(api.database, tenant.id, (client) =>
    saveWorkflow(api.parts, client, operatorOf(tenant.id), { workflow, source: '', status }),
  )
}
await save('daily', { schedule: '30 9 * * *', timezone: 'Europe/Berlin', inputs: { a: 1 } })
await save('hooks', [{ webhook: {} }, { event: 'order.created' }])
await save('often', { every: '90m', missed: 'skip' }, 'inactive')

const get = async (url: string, as = viewer) => {
  const { statusCode, body } = await api.send(as, { url })
  return { status: statusCode, body: JSON.parse(body) }
}

test('triggers are listed by workflow, filtered, without their tokens', async () => {
  const { body } = await get('/triggers')
  expect(body).toMatchObject({ total: 4, total_is_exact: true })
  expect(body.items.map(({ workflow, kind }: Record<string, string>) => `${workflow} ${kind}`)).toEqual([
    'daily schedule',
    'hooks webhook',
    'hooks event',
    'often schedule',
  ])
  expect(Object.keys(body.items[1])).not.toContain('token')
  const counted = async (query: string): Promise<number> => (await get(`/triggers?${query}`)).body.items.length
  expect(await counted('kind=webhook')).toBe(1)
  expect(await counted('workflow=hooks&kind=event')).toBe(1)
  expect(await counted('enabled=false')).toBe(1)
  expect((await get('/triggers?enabled=maybe')).status).toBe(422)
})

test('a schedule shows its next five times on the clock of its time zone, daylight saving included', async () => {
  const { body } = await get('/schedules?workflow=daily')
  expect(body.items).toEqual([
    {
      id: expect.any(String),
      ...{ workflow: 'daily', position: 0, schedule: '30 9 * * *', every: null },
      ...{ timezone: 'Europe/Berlin', missed: 'once', inputs: { a: 1 }, enabled: true },
      last_fire_at: new Date(now).toISOString(),
      next: [
        { at: '2026-10-24T07:30:00.000Z', local: '2026-10-24T09:30:00+02:00' },
        {
          at: '2026-10-25T08:30:00.000Z',
          local: '2026-10-25T09:30:00+01:00',
          note: 'The clock goes back 1 h on 2026-10-25: now +01:00.',
        },
        ...['26', '27', '28'].map((day) => ({
          at: `2026-10-${day}T08:30:00.000Z`,
          local: `2026-10-${day}T09:30:00+01:00`,
        })),
      ],
    },
  ])
})

test('a schedule that is off shows what its times would be', async () => {
  const { body } = await get('/schedules?enabled=false')
  expect(body.items).toMatchObject([
    { workflow: 'often', every: '90m', schedule: null, timezone: 'UTC', enabled: false },
  ])
  expect(body.items[0].next.map(({ at }: { at: string }) => at).slice(0, 2)).toEqual([
    '2026-10-23T13:30:00.000Z',
    '2026-10-23T15:00:00.000Z',
  ])
})

test('one is read by its id, and by nobody of another tenant', async () => {
  const [schedule] = (await get('/schedules')).body.items
  const [webhook] = (await get('/triggers?kind=webhook')).body.items
  expect((await get(`/schedules/${schedule.id}`)).body).toEqual(schedule)
  expect((await get(`/triggers/${webhook.id}`)).body).toEqual(webhook)
  expect((await get(`/schedules/${webhook.id}`)).status).toBe(404)
  expect((await get(`/triggers/${newId()}`)).status).toBe(404)
  expect((await get('/triggers/nonsense')).status).toBe(404)
  const stranger = memberPrincipal(await createTestTenant(api.database))
  expect((await get(`/triggers/${webhook.id}`, stranger)).status).toBe(404)
  expect((await get(`/schedules/${schedule.id}`, stranger)).status).toBe(404)
  expect((await get('/triggers', stranger)).body.items).toEqual([])
})
