// What councils have decided on drafts, edits with which they approved, and previews.

import { beforeEach, expect, test } from 'vitest'
import type { Principal } from '../../src/api/principal.ts'
import { setGovernance } from '../setup/database.ts'
import { campaign, type DraftScene, openDraftApi, openScene } from './draft.test-kit.ts'

const api = await openDraftApi()
let scene: DraftScene
beforeEach(async () => {
  scene = await openScene(api)
})

const vote = (who: Principal, approvalId: string, more = {}) =>
  scene.send(who, 'POST', `/approvals/${approvalId}/decision`, { payload: { decision: 'approve', ...more } })
const submitted = async (body = {}) => {
  const { id } = await scene.make(scene.as.ana, body)
  const draft = (await scene.send(scene.as.ana, 'POST', `/drafts/${id}/submit`)).json()
  return { id, approvalId: String(draft.approval_id) }
}

test('a council has a history of what it has decided, for its members and for who sees the drafts', async () => {
  const { ana, ben, cleo, agent } = scene.as
  const first = await submitted()
  for (const who of [ben, cleo]) await vote(who, first.approvalId)
  const second = await submitted({ name: 'Winter' })
  await scene.send(ana, 'POST', `/drafts/${second.id}/withdraw`, { payload: { reason: 'Too early.' } })
  const seen = async (who: Principal) => (await scene.send(who, 'GET', '/councils/media/decisions')).json()
  expect((await seen(ben)).items).toMatchObject([
    { kind: 'draft', subject_id: second.id, status: 'withdrawn', reason: 'Too early.', approvals: 0 },
    { kind: 'draft', subject_id: first.id, status: 'approved', approvals: 2, rejections: 0 },
  ])
  expect((await seen(ana)).total).toBe(2)
  expect((await seen(agent)).total).toBe(0)
  expect((await scene.send(ana, 'GET', '/councils/nobody/decisions')).statusCode).toBe(404)
})

test('a council that the draft names is asked, whatever the category says', async () => {
  const { ana, ben } = scene.as
  const finance = { name: 'finance', title: 'Finance', domain: 'finance', threshold: 1, members: [ben.id] }
  await scene.send(ana, 'POST', '/councils', { payload: finance })
  const { id, approvalId } = await submitted({ council: 'finance' })
  await vote(ben, approvalId)
  expect((await scene.send(ana, 'GET', `/drafts/${id}`)).json()).toMatchObject({
    status: 'approved',
    assigned_council: 'finance',
  })
})

test('where the policy allows it, what the approvers make of the inputs is what is approved and runs', async () => {
  const { ana, ben, cleo } = scene.as
  await setGovernance(api.database, scene.tenant.id, { edit_and_approve: true })
  const { id, approvalId } = await submitted()
  const wrong = await vote(ben, approvalId, { edit: { inputs: { budget: 'much' } } })
  expect(wrong.json().errors).toMatchObject([{ pointer: '/edit/inputs/budget' }])
  expect((await vote(ben, approvalId, { edit: { other: 1 } })).statusCode).toBe(422)
  expect((await vote(ben, approvalId, { edit: { inputs: { budget: 50 } } })).statusCode).toBe(200)
  expect((await vote(cleo, approvalId)).statusCode).toBe(200)
  const approved = (await scene.send(ana, 'GET', `/drafts/${id}`)).json()
  expect(approved).toMatchObject({
    status: 'approved',
    revision: 2,
    inputs: { budget: 50 },
    edited_by: { name: 'Cleo' },
  })
  expect((await scene.send(ana, 'POST', `/drafts/${id}/convert`)).statusCode).toBe(200)
  const { rows } = await api.database.engine.query(`select inputs from executions where tenant_id = $1`, [
    scene.tenant.id,
  ])
  expect(rows).toEqual([{ inputs: { budget: 50 } }])
})

test('a preview says what a draft would do, and stays with its revision', async () => {
  const { ana } = scene.as
  const { id, etag } = await scene.make(ana)
  const preview = await scene.send(ana, 'POST', `/drafts/${id}/preview`)
  expect([preview.statusCode, preview.json().steps.length]).toEqual([200, 1])
  expect((await scene.send(ana, 'GET', `/drafts/${id}`)).json().preview_data).toEqual(preview.json())
  const edit = { payload: { source: campaign('autumn', 'Louder') }, headers: { 'if-match': etag } }
  expect((await scene.send(ana, 'PATCH', `/drafts/${id}`, edit)).json().preview_data).toBeNull()
  expect((await scene.send(scene.as.dora, 'POST', `/drafts/${id}/preview`)).statusCode).toBe(404)
})
