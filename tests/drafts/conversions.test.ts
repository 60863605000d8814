// Conversions that fail closed: the policy has changed, the workflow is switched off, nobody could agree.

import { beforeEach, expect, test } from 'vitest'
import { convertDueDrafts } from '../../src/governance/draft-keeper.ts'
import { defaultGovernance } from '../../src/kernel/policy/governance-policy.ts'
import { asTenant } from '../../src/record/database.ts'
import { setGovernance } from '../setup/database.ts'
import { campaign, type DraftScene, mailing, openDraftApi, openScene } from './draft.test-kit.ts'

const api = await openDraftApi()
let scene: DraftScene
beforeEach(async () => {
  scene = await openScene(api)
})

const move = (id: string, name: string, payload = {}) =>
  scene.send(scene.as.ana, 'POST', `/drafts/${id}/${name}`, { payload })
const submit = async (id: string) => (await scene.send(scene.as.ana, 'POST', `/drafts/${id}/submit`)).json()
const save = (source: string, status: string) =>
  scene.send(scene.as.ana, 'POST', '/workflows', { payload: { source, status } })

test('what nobody had to agree to is not converted once the policy asks somebody', async () => {
  const { id } = await scene.make(scene.as.ana, { source: mailing(), inputs: {} })
  expect((await submit(id)).status).toBe('approved')
  await setGovernance(api.database, scene.tenant.id, defaultGovernance)
  expect((await move(id, 'convert')).json()).toMatchObject({
    code: 'conflict',
    detail: 'Since it was approved, the policy asks for more: activate_workflow.',
  })
  expect((await scene.send(scene.as.ana, 'GET', '/workflows/mailing')).statusCode).toBe(404)
})

test('an inactive workflow runs where people have approved the run, and not where nobody had to', async () => {
  const { ana, ben, cleo } = scene.as
  for (const source of [campaign('off', 'Go', 'else'), campaign('autumn')]) await save(source, 'inactive')
  const open = await scene.make(ana, { source: undefined, workflow: 'off' })
  await submit(open.id)
  expect((await move(open.id, 'convert')).json().detail).toContain('nobody has approved this run of it')
  const reviewed = await scene.make(ana, { source: undefined, workflow: 'autumn' })
  const { approval_id: approvalId } = await submit(reviewed.id)
  for (const who of [ben, cleo]) {
    await scene.send(who, 'POST', `/approvals/${approvalId}/decision`, { payload: { decision: 'approve' } })
  }
  expect((await move(reviewed.id, 'convert')).json().status).toBe('converted')
  expect((await scene.send(ana, 'GET', '/workflows/autumn')).json().status).toBe('inactive')
})

test('a draft that takes the place of a version makes the approval void that waited for it', async () => {
  scene = await openScene(api, { governed: true })
  const { ana, ben, cleo } = scene.as
  await scene.send(ben, 'POST', '/workflows', { payload: { source: mailing('order', 'media') } })
  const source = mailing('order', 'media').replace('/orders', '/orders/2')
  const { id } = await scene.make(ana, { source, inputs: {} })
  const { approval_id: approvalId } = await submit(id)
  for (const who of [ben, cleo]) {
    await scene.send(who, 'POST', `/approvals/${approvalId}/decision`, { payload: { decision: 'approve' } })
  }
  expect((await move(id, 'convert')).json().status).toBe('converted')
  const { rows } = await api.database.engine.query(
    `select kind, status from approvals where tenant_id = $1 order by id`,
    [scene.tenant.id],
  )
  expect(rows).toEqual([
    { kind: 'activation', status: 'void' },
    { kind: 'draft', status: 'approved' },
  ])
  expect((await scene.send(ana, 'GET', '/workflows/order')).json()).toMatchObject({ status: 'active', version: 2 })
})

test('an occurrence that nobody could approve stays to be edited, and whoever created it hears why', async () => {
  const { ana, ben, cleo } = scene.as
  const { id } = await scene.make(ana, {
    schedule: { cron: '0 9 * * MON', timezone: 'UTC' },
    source: mailing('m', 'media'),
    inputs: {},
  })
  const { approval_id: approvalId } = await submit(id)
  for (const who of [ben, cleo]) {
    await scene.send(who, 'POST', `/approvals/${approvalId}/decision`, { payload: { decision: 'approve' } })
  }
  const due = Date.parse((await scene.send(ana, 'GET', `/drafts/${id}`)).json().next_at)
  // Nobody sits on the council any more, and of owners and admins there is only whoever asks.
  await asTenant(api.database, scene.tenant.id, (client) =>
    client.query(`delete from council_members where tenant_id = $1`, [scene.tenant.id]),
  )
  await setGovernance(api.database, scene.tenant.id, defaultGovernance)
  await convertDueDrafts({ ...api.parts, now: () => due, log: () => {} }, due)
  const [occurrence] = (await scene.send(ana, 'GET', '/drafts')).json().items
  expect(occurrence).toMatchObject({ occurrence_of: id, status: 'editing' })
  const history = (await scene.send(ana, 'GET', `/drafts/${occurrence.id}/history?limit=1`)).json()
  expect(history.items[0]).toMatchObject({ action: 'not_submitted' })
})

test('where the policy requires tests of a class, a draft is not submitted before they have passed', async () => {
  const classes = { ...defaultGovernance.classes, C: { ...defaultGovernance.classes.C, tests_required: true } }
  await setGovernance(api.database, scene.tenant.id, { ...defaultGovernance, classes })
  const { id } = await scene.make(scene.as.ana, { source: mailing('untested', 'media'), inputs: {} })
  expect((await submit(id)).detail).toContain('The policy requires tests of class C')
})
