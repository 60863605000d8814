// Drafts of templates: what they are made of, and how those of pre-approved ones run with no review.

import { beforeEach, expect, test } from 'vitest'
import { askPreApproval, revokePreApproval } from '../../src/governance/template-approval.ts'
import { createTemplate } from '../../src/governance/templates.ts'
import { asTenant } from '../../src/record/database.ts'
import { auditOf, campaign, type DraftScene, openDraftApi, openScene } from './draft.test-kit.ts'

const api = await openDraftApi()
let scene: DraftScene
let template: string
beforeEach(async () => {
  scene = await openScene(api)
  const made = await inTenant((client) =>
    createTemplate(api.parts, client, scene.as.ana, {
      ...{
        name: 'autumn',
        title: 'Autumn',
        description: 'A campaign.',
        category: 'media',
        tags: [],
        source: campaign(),
      },
      ...{ defaultInputs: { budget: 5 }, requiredFields: [], optionalFields: ['budget'], copyBlocks: {} },
    }),
  )
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  template = made.value.id
})

function inTenant<T>(work: (client: Parameters<typeof createTemplate>[1]) => Promise<T>): Promise<T> {
  return asTenant(api.database, scene.tenant.id, work)
}

async function preApprove(): Promise<void> {
  const { ana, ben, cleo } = scene.as
  const asked = await inTenant((client) => askPreApproval(api.parts, client, ana, { name: 'autumn', council: 'media' }))
  if (!asked.ok) throw new Error(JSON.stringify(asked.problems))
  for (const who of [ben, cleo]) {
    const url = `/approvals/${asked.value.approvalId}/decision`
    const voted = await scene.send(who, 'POST', url, { payload: { decision: 'approve' } })
    if (voted.statusCode !== 200) throw new Error(voted.body)
  }
}

const draft = async (body = {}) => {
  const made = await scene.send(scene.as.ben, 'POST', '/drafts', { payload: { template_id: template, ...body } })
  expect(made.statusCode).toBe(201)
  return made.json()
}
const convert = (id: string) => scene.send(scene.as.ben, 'POST', `/drafts/${id}/convert`)

test('a draft of a template has its definition, and its inputs with what was given', async () => {
  expect(await draft()).toMatchObject({
    ...{ name: 'Autumn', status: 'editing', inputs: { budget: 5 }, created_from_template_id: template },
    template: { name: 'autumn', is_pre_approved: false },
  })
  const named = { template_id: undefined, template: 'autumn', name: 'Mine', inputs: { budget: 7 } }
  expect(await draft(named)).toMatchObject({ name: 'Mine', inputs: { budget: 7 } })
  const unknown = await scene.send(scene.as.ben, 'POST', '/drafts', { payload: { template_id: scene.tenant.id } })
  expect(unknown.statusCode).toBe(404)
  expect((await scene.send(scene.as.ben, 'GET', `/drafts?template_id=${template}`)).json().total).toBe(2)
  expect((await scene.send(scene.as.ben, 'GET', `/drafts?template_id=${scene.tenant.id}`)).statusCode).toBe(404)
})

test('one of a pre-approved template is converted with no review, as an instant run', async () => {
  const early = await draft()
  expect((await convert(early.id)).statusCode).toBe(409)
  await preApprove()
  const { id, may_i: mayI } = await draft({ inputs: { budget: 9 } })
  expect(mayI.convert.allowed).toBe(true)
  expect((await convert(id)).json()).toMatchObject({ status: 'converted', approval_id: null })
  expect((await auditOf(scene)).slice(-3)).toEqual(['template.run', 'grant.given', 'draft.converted'])
  const { rows } = await api.database.engine.query(`select inputs from executions where tenant_id = $1`, [
    scene.tenant.id,
  ])
  expect(rows).toEqual([{ inputs: { budget: 9 } }])
})

test('one that says anything else than the template has to be reviewed', async () => {
  await preApprove()
  const { id } = await draft()
  const headers = { 'if-match': '*' }
  const payload = { source: campaign('autumn', 'Something else') }
  expect((await scene.send(scene.as.ben, 'PATCH', `/drafts/${id}`, { payload, headers })).statusCode).toBe(200)
  expect((await convert(id)).statusCode).toBe(409)
})

test('when the pre-approval is revoked, its drafts have to be reviewed from that moment on', async () => {
  await preApprove()
  const { id } = await draft()
  const revoked = await inTenant((client) =>
    revokePreApproval(api.parts, client, scene.as.ana, { name: 'autumn', reason: 'Too many.' }),
  )
  expect(revoked.ok).toBe(true)
  expect((await convert(id)).json()).toMatchObject({ code: 'conflict' })
  expect((await scene.send(scene.as.ben, 'GET', `/drafts/${id}`)).json().may_i.convert.allowed).toBe(false)
})
