// Drafts over HTTP: written, submitted, voted on, converted, and who sees what.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/api/principal.ts'
import { auditOf, campaign, type DraftScene, mailing, openDraftApi, openScene } from './draft.test-kit.ts'

const api = await openDraftApi()
let scene: DraftScene
beforeEach(async () => {
  scene = await openScene(api)
})

const get = async (who: Principal, id: string) => (await scene.send(who, 'GET', `/drafts/${id}`)).json()
const move = (who: Principal, id: string, name: string, payload?: object) =>
  scene.send(who, 'POST', `/drafts/${id}/${name}`, payload === undefined ? {} : { payload })
const vote = (who: Principal, approvalId: string, decision = 'approve', more = {}) =>
  scene.send(who, 'POST', `/approvals/${approvalId}/decision`, { payload: { decision, ...more } })

/** A draft of Ana's that the council has approved. */
async function approvedDraft(body = {}): Promise<string> {
  const { ana, ben, cleo } = scene.as
  const { id } = await scene.make(ana, body)
  const submitted = await move(ana, id, 'submit')
  if (submitted.statusCode !== 200) throw new Error(submitted.body)
  const { approval_id: approvalId } = submitted.json()
  for (const voter of [ben, cleo]) {
    const voted = await vote(voter, approvalId)
    if (voted.statusCode !== 200) throw new Error(voted.body)
  }
  return id
}

describe('the life of a draft', () => {
  test('goes from its creation over two votes of the council to an active workflow and an execution', async () => {
    const { ana, ben, cleo, dora } = scene.as
    const { id } = await scene.make(ana)
    const submitted = (await move(ana, id, 'submit')).json()
    expect(submitted).toMatchObject({ status: 'pending_review', assigned_council: 'media', workflow_type_id: 'autumn' })
    await vote(ben, submitted.approval_id, 'approve', { comment: 'Fine.' })
    expect((await get(dora, id)).status).toBe('pending_review')
    await vote(cleo, submitted.approval_id)
    const approved = await get(ana, id)
    expect(approved.status).toBe('approved')
    expect(approved.reviews).toMatchObject([
      { member: { name: 'Ben' }, vote: 'approve', reason: 'Fine.', status: 'approved' },
      { member: { name: 'Cleo' }, vote: 'approve' },
    ])
    expect(approved.may_i).toMatchObject({ convert: { allowed: true }, edit: { allowed: false } })
    const converted = await move(ana, id, 'convert')
    expect([converted.statusCode, converted.json().status]).toEqual([200, 'converted'])
    const { rows } = await api.database.engine.query(
      `select e.started_by, e.inputs, w.status, w.id as workflow from executions e
        join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id where e.id = $1`,
      [converted.json().converted_execution_id],
    )
    const workflow = converted.json().converted_to_workflow_id
    expect(rows).toEqual([{ started_by: `member:${ana.id}`, inputs: { budget: 100 }, status: 'active', workflow }])
    expect((await auditOf(scene)).slice(-3)).toEqual(['grant.given', 'workflow.created', 'draft.converted'])
    expect((await move(ana, id, 'convert')).statusCode).toBe(409)
  })

  test('its version was made by who wrote the draft, whoever converts it', async () => {
    const { ana, ben, cleo, dora } = scene.as
    const { id } = await scene.make(ben)
    const { approval_id: approvalId } = (await move(ben, id, 'submit')).json()
    for (const who of [dora, cleo]) await vote(who, approvalId)
    expect((await move(ana, id, 'convert')).statusCode).toBe(200)
    const found = await api.database.engine.query(
      'select created_by from workflow_versions where tenant_id = $1 order by id desc limit 1',
      [scene.tenant.id],
    )
    expect(found.rows).toEqual([{ created_by: `member:${ben.id}` }])
  })

  test('may end with a version alone, where no execution is to start', async () => {
    const id = await approvedDraft()
    const converted = (await move(scene.as.ana, id, 'convert', { start: false })).json()
    expect(converted).toMatchObject({ status: 'converted', converted_execution_id: null })
    const workflow = await scene.send(scene.as.ana, 'GET', '/workflows/autumn')
    expect(workflow.json()).toMatchObject({ status: 'active', version: 1 })
  })

  test('runs the current version of a workflow that it names, with a grant for this execution alone', async () => {
    const { ana } = scene.as
    await scene.send(ana, 'POST', '/workflows', { payload: { source: campaign() } })
    const id = await approvedDraft({ source: undefined, workflow: 'autumn' })
    expect((await move(ana, id, 'convert', { start: false })).json().detail).toContain('there already')
    const converted = (await move(ana, id, 'convert')).json()
    const { rows } = await api.database.engine.query(
      `select kind, execution_id, acts from grants where tenant_id = $1`,
      [scene.tenant.id],
    )
    const execution = converted.converted_execution_id
    expect(rows).toEqual([{ kind: 'draft', execution_id: execution, acts: ['activate_workflow'] }])
  })

  test('is rejected by the council, reopened as a new revision, mended, and submitted anew', async () => {
    const { ana, ben, cleo } = scene.as
    const { id } = await scene.make(ana)
    const { approval_id: first } = (await move(ana, id, 'submit')).json()
    for (const who of [ben, cleo]) await vote(who, first, 'reject', { comment: 'Too dear.' })
    expect((await get(ana, id)).status).toBe('rejected')
    const reopened = await move(ana, id, 'reopen')
    expect(reopened.json()).toMatchObject({ status: 'editing', revision: 2 })
    const headers = { 'if-match': String(reopened.headers['etag']) }
    await scene.send(ana, 'PATCH', `/drafts/${id}`, { payload: { inputs: { budget: 10 } }, headers })
    expect((await move(ana, id, 'submit')).json()).toMatchObject({ status: 'pending_review', revision: 3 })
    const history = (await scene.send(ana, 'GET', `/drafts/${id}/history?limit=4`)).json()
    expect(history.total).toBe(6)
    expect(history.items.map((one: { action: string; revision: number }) => [one.action, one.revision])).toEqual([
      ['submitted', 3],
      ['edited', 3],
      ['reopened', 2],
      ['rejected', 1],
    ])
    expect(history.items[1].difference).toEqual(['The input "budget": 100 → 10.'])
  })

  test('withdrawn by who submitted it, it is edited again, and nobody votes any more', async () => {
    const { ana, ben } = scene.as
    const { id } = await scene.make(ana)
    const { approval_id: approvalId } = (await move(ana, id, 'submit')).json()
    expect((await move(ben, id, 'withdraw')).statusCode).toBe(403)
    expect((await move(ana, id, 'withdraw', { reason: 'A typo.' })).json().status).toBe('editing')
    expect((await vote(ben, approvalId)).statusCode).toBe(409)
  })

  test('discarded, it is kept, and moves no more', async () => {
    const { ana } = scene.as
    const { id } = await scene.make(ana)
    expect((await move(ana, id, 'discard')).json().status).toBe('discarded')
    expect((await move(ana, id, 'submit')).statusCode).toBe(409)
    expect((await get(ana, id)).status).toBe('discarded')
  })
})

describe('an edit', () => {
  test('needs the ETag of what was read, so that nobody overwrites anybody', async () => {
    const { ana } = scene.as
    const { id, etag } = await scene.make(ana)
    const edit = (payload: object, headers = {}) => scene.send(ana, 'PATCH', `/drafts/${id}`, { payload, headers })
    expect((await edit({ name: 'Spring' })).statusCode).toBe(428)
    const edited = await edit({ name: 'Spring' }, { 'if-match': etag })
    expect(edited.json()).toMatchObject({ name: 'Spring', revision: 2, edited_by: { name: 'Ana' } })
    expect((await edit({ name: 'Winter' }, { 'if-match': etag })).statusCode).toBe(412)
    const same = await edit({ name: 'Spring' }, { 'if-match': String(edited.headers['etag']) })
    expect(same.json().revision).toBe(2)
  })

  test('puts a workflow in the place of a definition of its own', async () => {
    const { ana } = scene.as
    const { id, etag } = await scene.make(ana)
    const edit = (payload: object) =>
      scene.send(ana, 'PATCH', `/drafts/${id}`, { payload, headers: { 'if-match': etag } })
    expect((await edit({ workflow: 'nowhere' })).json()).toMatchObject({ code: 'not_found' })
    expect((await edit({ council: 'nobody' })).statusCode).toBe(404)
    await scene.send(ana, 'POST', '/workflows', { payload: { source: campaign('spring') } })
    expect((await edit({ workflow: 'spring' })).json()).toMatchObject({ source: null, workflow_type_id: 'spring' })
  })
})

describe('submitting', () => {
  test('says all that is wrong at once', async () => {
    const { ana } = scene.as
    const source = campaign().replace('action: log', 'action: lgo')
    const schedule = { cron: 'often', timezone: 'Mars' }
    const { id } = await scene.make(ana, { source, inputs: { budget: 'much' }, schedule })
    const refused = (await move(ana, id, 'submit')).json()
    expect(refused.errors.map((one: { pointer: string }) => one.pointer)).toEqual([
      '/source/steps/0/action',
      '/inputs/budget',
      '/schedule/cron',
      '/schedule/timezone',
    ])
  })

  test('where the policy asks nobody and no council minds the category, a draft is approved', async () => {
    const { ana } = scene.as
    const { id } = await scene.make(ana, { source: campaign('quiet', 'Go', 'else') })
    expect((await move(ana, id, 'submit')).json()).toMatchObject({ status: 'approved', approval_id: null })
    expect((await move(ana, id, 'convert')).json().status).toBe('converted')
  })

  test('tells the members of the council, except those who may not vote', async () => {
    const governed = await openScene(api, { governed: true })
    const { id } = await governed.make(governed.as.ben)
    await governed.send(governed.as.ben, 'POST', `/drafts/${id}/submit`)
    const { rows } = await api.database.engine.query<{ name: string }>(
      `select m.name from notifications n join members m on m.tenant_id = n.tenant_id and m.id = n.member_id
        where n.tenant_id = $1 and n.title = 'A draft waits for your vote' order by 1`,
      [governed.tenant.id],
    )
    expect(rows.map(({ name }) => name)).toEqual(['Cleo', 'Dora'])
  })

  test('who built a draft may not be the one who approves it', async () => {
    const governed = await openScene(api, { governed: true })
    const { ana, ben } = governed.as
    const { id } = await governed.make(ana, { source: mailing(), inputs: {} })
    const refused = await governed.send(ana, 'POST', `/drafts/${id}/submit`)
    // Ana is the only owner or admin: nobody could decide.
    expect(refused.json()).toMatchObject({ code: 'unreachable_quorum' })
    const other = await governed.make(ben, { source: mailing(), inputs: {} })
    const submitted = (await governed.send(ben, 'POST', `/drafts/${other.id}/submit`)).json()
    expect(submitted).toMatchObject({ status: 'pending_review', assigned_council: null })
    const url = `/approvals/${submitted.approval_id}/decision`
    expect((await governed.send(ben, 'POST', url, { payload: { decision: 'approve' } })).statusCode).toBe(403)
    expect((await governed.send(ana, 'POST', url, { payload: { decision: 'approve' } })).statusCode).toBe(200)
    const converted = (await governed.send(ben, 'POST', `/drafts/${other.id}/convert`)).json()
    expect(converted.status).toBe('converted')
    const { rows } = await api.database.engine.query(`select acts, execution_id from grants where tenant_id = $1`, [
      governed.tenant.id,
    ])
    expect(rows).toEqual([{ acts: ['activate_workflow'], execution_id: null }])
  })
})

describe('converting', () => {
  test('is of exactly what was approved: another version of the workflow fails closed, with the difference', async () => {
    const { ana } = scene.as
    await scene.send(ana, 'POST', '/workflows', { payload: { source: campaign() } })
    const id = await approvedDraft({ source: undefined, workflow: 'autumn' })
    const headers = { 'content-type': 'application/json', 'if-match': '*' }
    const replaced = await api.send(ana, {
      method: 'PUT',
      url: '/workflows/autumn',
      payload: { source: campaign('autumn', 'Stop') },
      headers,
    })
    expect(replaced.statusCode).toBe(200)
    const refused = await move(ana, id, 'convert')
    expect([refused.statusCode, refused.json().detail]).toEqual([409, expect.stringContaining('not what was approved')])
    expect(refused.json().detail).toContain('say')
    expect((await get(ana, id)).status).toBe('approved')
    expect((await move(ana, id, 'reopen')).json().status).toBe('editing')
  })

  test('a version that somebody saved meanwhile is not overwritten', async () => {
    const { ana } = scene.as
    const id = await approvedDraft()
    await scene.send(ana, 'POST', '/workflows', { payload: { source: campaign('autumn', 'Mine') } })
    expect((await move(ana, id, 'convert')).json().detail).toContain('The workflow that it replaces is now version 1.')
  })

  test('with a key it happens once, and is answered alike', async () => {
    const { ana } = scene.as
    const id = await approvedDraft()
    const headers = { 'idempotency-key': 'once' }
    const [first, second] = [
      await scene.send(ana, 'POST', `/drafts/${id}/convert`, { headers }),
      await scene.send(ana, 'POST', `/drafts/${id}/convert`, { headers }),
    ]
    expect([first.statusCode, second.statusCode]).toEqual([200, 200])
    expect(second.json()).toEqual(first.json())
  })

  test('two at the same moment start one execution', async () => {
    const { ana } = scene.as
    const id = await approvedDraft()
    const answers = await Promise.all([move(ana, id, 'convert'), move(ana, id, 'convert')])
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409])
    const { rows } = await api.database.engine.query(`select from executions where tenant_id = $1`, [scene.tenant.id])
    expect(rows).toHaveLength(1)
  })
})

describe('who sees a draft', () => {
  test('its creator, owners and admins, and its council while it is pending; for others it is not there', async () => {
    const { ana, ben, dora, agent } = scene.as
    const { id } = await scene.make(ben)
    const stranger = { ...dora, id: agent.id }
    const paths = [`/drafts/${id}`, `/drafts/${id}/history`, `/drafts/${id}/comments`]
    const seen = async (who: Principal) => {
      const codes = await Promise.all(paths.map(async (url) => (await scene.send(who, 'GET', url)).statusCode))
      const listed = (await scene.send(who, 'GET', '/drafts')).json()
      return [...codes, listed.total, listed.totals.all]
    }
    expect(await seen(ben)).toEqual([200, 200, 200, 1, 1])
    expect(await seen(ana)).toEqual([200, 200, 200, 1, 1])
    expect(await seen(dora)).toEqual([404, 404, 404, 0, 0])
    for (const name of ['submit', 'withdraw', 'reopen', 'discard', 'convert']) {
      expect((await move(dora, id, name)).statusCode).toBe(404)
    }
    const { approval_id: approvalId } = (await move(ben, id, 'submit')).json()
    expect(await seen(dora)).toEqual([200, 200, 200, 1, 1])
    expect(await seen(stranger)).toEqual([404, 404, 404, 0, 0])
    for (const who of [dora, scene.as.cleo]) await vote(who, approvalId)
    expect(await seen(dora)).toEqual([404, 404, 404, 0, 0])
  })

  test('for whom the draft is not there, its approval is not there either', async () => {
    const { ana, ben, dora, cleo, agent } = scene.as
    const { id } = await scene.make(ben)
    const { approval_id: approvalId } = (await move(ben, id, 'submit')).json()
    const stranger = { ...dora, id: agent.id }
    const path = `/approvals/${approvalId}`
    const seen = async (who: Principal, status: string) => [
      (await scene.send(who, 'GET', path)).statusCode,
      (await scene.send(who, 'GET', `${path}/comments`)).statusCode,
      (await scene.send(who, 'GET', `/approvals?kind=draft&status=${status}`)).json().items.length,
    ]
    for (const who of [ana, ben, dora]) expect(await seen(who, 'pending')).toEqual([200, 200, 1])
    expect(await seen(stranger, 'pending')).toEqual([404, 404, 0])
    expect((await vote(stranger, approvalId)).statusCode).toBe(404)
    const comment = { payload: { body: 'What is it?' } }
    expect((await scene.send(stranger, 'POST', `${path}/comments`, comment)).statusCode).toBe(404)
    const bulk = { payload: { ids: [approvalId], decision: 'approve' } }
    expect((await scene.send(stranger, 'POST', '/approvals/decisions', bulk)).statusCode).toBe(404)
    for (const who of [dora, cleo]) await vote(who, approvalId)
    // Whoever was asked can read what became of it.
    expect(await seen(dora, 'decided')).toEqual([200, 200, 1])
    expect(await seen(stranger, 'decided')).toEqual([404, 404, 0])
  })

  test('lists are filtered by status, council, words, and whose turn it is', async () => {
    const { ana, cleo } = scene.as
    const { id } = await scene.make(ana)
    await scene.make(ana, { name: 'Winter', purpose: '100 % wool', source: campaign('winter', 'Go', 'else') })
    await move(ana, id, 'submit')
    const names = async (who: Principal, query: string) => {
      const { items } = (await scene.send(who, 'GET', `/drafts?${query}`)).json()
      return items.map((one: { name: string }) => one.name)
    }
    expect(await names(ana, '')).toEqual(['Winter', 'Autumn'])
    expect(await names(ana, 'status=editing')).toEqual(['Winter'])
    expect(await names(ana, 'council=media')).toEqual(['Autumn'])
    expect(await names(ana, 'search=0 %25')).toEqual(['Winter'])
    expect(await names(ana, 'mine=to_review')).toEqual([])
    expect(await names(cleo, 'mine=to_review')).toEqual(['Autumn'])
    expect(await names(cleo, 'mine=created')).toEqual([])
    const page = (await scene.send(ana, 'GET', '/drafts?limit=1')).json()
    expect(page).toMatchObject({ total: 2, totals: { editing: 1, pending_review: 1, all: 2 } })
  })
})

test('an agent drafts, edits and submits, and converts nothing', async () => {
  const { ana, agent, ben, cleo } = scene.as
  const { id } = await scene.make(agent)
  const submitted = (await move(agent, id, 'submit')).json()
  expect(submitted).toMatchObject({ status: 'pending_review', created_by: { kind: 'agent', name: 'Scribe' } })
  for (const who of [ben, cleo]) await vote(who, submitted.approval_id)
  expect((await move(agent, id, 'convert')).statusCode).toBe(403)
  expect((await get(agent, id)).may_i.convert).toEqual({
    allowed: false,
    reason: 'Agents draft and ask: a person has to convert this.',
  })
  expect((await move(ana, id, 'convert')).statusCode).toBe(200)
})
