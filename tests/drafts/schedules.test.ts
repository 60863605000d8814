// Drafts that are converted by the clock: once, of exactly what was approved, and recurring ones again and again.

import { beforeEach, expect, test } from 'vitest'
import { convertDueDrafts } from '../../src/governance/draft-keeper.ts'
import type { Principal } from '../../src/api/principal.ts'
import { campaign, type DraftScene, mailing, openDraftApi, openScene } from './draft.test-kit.ts'

const hourMs = 3_600_000
// The drafts of other files are due by the clock of the wall: this one runs ahead of it, in its own tenants.
let ahead = 0
const api = await openDraftApi({ now: () => Date.now() + ahead })
let scene: DraftScene
beforeEach(async () => {
  ahead = 0
  scene = await openScene(api)
})

const soon = () => new Date(Date.now() + hourMs)
const keep = (now: number) => convertDueDrafts({ ...api.parts, now: () => now, log: () => {} }, now)
const get = async (id: string) => (await scene.send(scene.as.ana, 'GET', `/drafts/${id}`)).json()
const submit = async (id: string) => (await scene.send(scene.as.ana, 'POST', `/drafts/${id}/submit`)).json()
const approve = async (approvalId: string, ...voters: Principal[]) => {
  for (const who of voters) {
    const url = `/approvals/${approvalId}/decision`
    expect((await scene.send(who, 'POST', url, { payload: { decision: 'approve' } })).statusCode).toBe(200)
  }
}
const executions = async () => {
  const { rows } = await api.database.engine.query<{ by: string }>(
    `select started_by as by from executions where tenant_id = $1`,
    [scene.tenant.id],
  )
  return rows.map(({ by }) => by)
}

test('at its moment an approved draft is converted, once, also when two processes look', async () => {
  const { ana, ben, cleo } = scene.as
  const at = soon()
  const { id } = await scene.make(ana, { schedule: { at: at.toISOString() } })
  const { approval_id: approvalId } = await submit(id)
  await keep(at.getTime() + 1)
  expect((await get(id)).status).toBe('pending_review')
  await approve(approvalId, ben, cleo)
  expect((await get(id)).next_at).toBe(at.toISOString())
  await keep(at.getTime() - 1)
  expect((await get(id)).status).toBe('approved')
  await Promise.all([keep(at.getTime()), keep(at.getTime())])
  expect((await get(id)).status).toBe('converted')
  expect(await executions()).toEqual([`draft:${id}`])
})

test('what is not as it was approved is not converted, and whoever created it hears why', async () => {
  const { ana } = scene.as
  const at = soon()
  const source = campaign('quiet', 'Go', 'else')
  const { id } = await scene.make(ana, { source, schedule: { at: at.toISOString() } })
  expect((await submit(id)).status).toBe('approved')
  const other = { payload: { source: source.replace('Go', 'Stop') } }
  expect((await scene.send(ana, 'POST', '/workflows', other)).statusCode).toBe(201)
  await keep(at.getTime())
  expect(await get(id)).toMatchObject({ status: 'approved', next_at: null })
  expect(await executions()).toEqual([])
  const history = (await scene.send(ana, 'GET', `/drafts/${id}/history?limit=1`)).json()
  expect(history.items[0]).toMatchObject({ action: 'not_converted', actor: { kind: 'system' } })
  expect(history.items[0].reason).toContain('not what was approved')
  const { rows } = await api.database.engine.query(`select member_id as id from notifications where tenant_id = $1`, [
    scene.tenant.id,
  ])
  expect(rows).toEqual([{ id: ana.id }])
})

test('each time of a recurring draft makes a draft of its own, which runs at once where the policy asks nobody', async () => {
  const { ana } = scene.as
  const schedule = { cron: '0 9 * * MON', timezone: 'UTC' }
  const { id } = await scene.make(ana, { source: campaign('weekly', 'Go', 'else'), schedule })
  const approved = await submit(id)
  const first = Date.parse(approved.next_at)
  expect(new Date(first).getUTCDay()).toBe(1)
  const refused = await scene.send(ana, 'POST', `/drafts/${id}/convert`)
  expect(refused.json().detail).toContain('recurs')
  await Promise.all([keep(first), keep(first)])
  await keep(first)
  const list = (await scene.send(ana, 'GET', '/drafts')).json()
  expect(list.items).toMatchObject([{ occurrence_of: id, status: 'converted' }, { id }])
  expect(await executions()).toHaveLength(1)
  expect(Date.parse((await get(id)).next_at)).toBe(first + 7 * 24 * hourMs)
  await scene.send(ana, 'POST', `/drafts/${id}/discard`)
  await keep(first + 14 * 24 * hourMs)
  expect(await executions()).toHaveLength(1)
})

test('where somebody has to agree, each occurrence is approved anew, and then runs by itself', async () => {
  scene = await openScene(api, { governed: true })
  const { ana, ben, cleo, dora } = scene.as
  const source = mailing('weekly-order', 'media')
  const { id } = await scene.make(ana, { source, inputs: {}, schedule: { cron: '0 9 * * MON', timezone: 'UTC' } })
  await approve((await submit(id)).approval_id, ben, cleo)
  const first = Date.parse((await get(id)).next_at)
  await keep(first)
  const [occurrence] = (await scene.send(ana, 'GET', '/drafts')).json().items
  expect(occurrence).toMatchObject({ occurrence_of: id, status: 'pending_review', created_by: { name: 'Ana' } })
  await keep(first + 1)
  await approve(occurrence.approval_id, cleo, dora)
  await keep(first + hourMs)
  expect((await get(occurrence.id)).status).toBe('converted')
  expect(await executions()).toEqual([`draft:${occurrence.id}`])
})

test('a draft that is approved after its date waits for a person', async () => {
  const { ana, ben, cleo } = scene.as
  const { id } = await scene.make(ana, { schedule: { at: soon().toISOString() } })
  const { approval_id: approvalId } = await submit(id)
  ahead = 2 * hourMs
  await approve(approvalId, ben, cleo)
  expect(await get(id)).toMatchObject({ status: 'approved', next_at: null })
  expect((await scene.send(ana, 'POST', `/drafts/${id}/convert`)).statusCode).toBe(200)
})

test('a draft that was changed behind the back of its approval is void, and goes back to editing', async () => {
  const { ana, ben } = scene.as
  const { id } = await scene.make(ana)
  const { approval_id: approvalId } = await submit(id)
  await api.database.engine.query(`update drafts set inputs = '{"budget": 1}' where id = $1`, [id])
  const payload = { decision: 'approve' }
  const voided = await scene.send(ben, 'POST', `/approvals/${approvalId}/decision`, { payload })
  expect(voided.statusCode).toBe(409)
  expect((await get(id)).status).toBe('editing')
})
