// Comments on drafts: where they are anchored, how they are answered, and who settles them.

import { beforeEach, expect, test } from 'vitest'
import type { Principal } from '../../src/api/principal.ts'
import { campaign, type DraftScene, openDraftApi, openScene } from './draft.test-kit.ts'

const api = await openDraftApi()
let scene: DraftScene
let draft: { id: string; etag: string }
beforeEach(async () => {
  scene = await openScene(api)
  draft = await scene.make(scene.as.ben)
})

const say = (who: Principal, payload: object) => scene.send(who, 'POST', `/drafts/${draft.id}/comments`, { payload })
const list = async (who: Principal, query = '') =>
  (await scene.send(who, 'GET', `/drafts/${draft.id}/comments?${query}`)).json()
const edit = async (source: string) => {
  const headers = { 'if-match': '*' }
  const edited = await scene.send(scene.as.ben, 'PATCH', `/drafts/${draft.id}`, { payload: { source }, headers })
  expect(edited.statusCode).toBe(200)
}

test('a comment is about the draft, a step, or a line of a revision', async () => {
  const { ana, ben } = scene.as
  expect((await say(ana, { body: 'Nice.' })).json()).toMatchObject({ step: null, line: null, has_vanished: false })
  expect((await say(ana, { body: 'Louder.', step: 'say' })).json()).toMatchObject({ step: 'say', has_vanished: false })
  const said = (await say(ben, { body: 'Which?', line: 3 })).json()
  expect(said).toMatchObject({
    revision: 1,
    line: 3,
    line_text: 'category: media',
    line_now: 3,
    author: { name: 'Ben' },
  })
  expect((await list(ben)).total).toBe(3)
  const { comments } = (await scene.send(ben, 'GET', `/drafts/${draft.id}`)).json()
  expect(comments).toEqual({ all: 3, open: 3 })
})

test('what it cannot be about is refused', async () => {
  const { ana } = scene.as
  const refusals = [{ step: 'nowhere' }, { line: 99 }, { line: 1, revision: 7 }, { step: 'say', line: 1 }]
  for (const more of refusals) expect((await say(ana, { body: 'Hm.', ...more })).statusCode).toBe(422)
  const unknown = await say(ana, { body: 'Hm.', reply_to: draft.id })
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'not_found'])
})

test('it goes with its line when the draft is edited, and says so when the line or the step has vanished', async () => {
  const { ben } = scene.as
  await say(ben, { body: 'Here.', line: 3 })
  await say(ben, { body: 'And here.', step: 'say' })
  await edit(`# first\n${campaign()}`)
  expect((await list(ben)).items[0]).toMatchObject({ line: 3, line_now: 4, has_vanished: false })
  await edit(campaign('autumn', 'Go', 'else').replace('id: say', 'id: tell'))
  expect((await list(ben)).items).toMatchObject([
    { line: 3, line_now: null, line_text: 'category: media', has_vanished: true },
    { step: 'say', has_vanished: true },
  ])
  await edit('steps: [')
  expect((await list(ben)).items[1]).toMatchObject({ has_vanished: false })
})

test('an answer belongs to its question, which is settled by who asked, who made the draft, owners and admins', async () => {
  const { ana, ben, cleo, dora } = scene.as
  await scene.send(ben, 'POST', `/drafts/${draft.id}/submit`)
  const question = (await say(cleo, { body: 'Why?' })).json()
  const answer = (await say(ben, { body: 'Because.', reply_to: question.id })).json()
  const deeper = (await say(cleo, { body: 'I see.', reply_to: answer.id })).json()
  expect([answer.reply_to, deeper.reply_to]).toEqual([question.id, question.id])
  const settle = (who: Principal, id: string, move = 'resolve') =>
    scene.send(who, 'POST', `/drafts/${draft.id}/comments/${id}/${move}`)
  expect((await settle(dora, question.id)).statusCode).toBe(403)
  expect((await settle(ben, answer.id)).statusCode).toBe(409)
  expect((await settle(ben, question.id)).json()).toMatchObject({ resolved: { by: { name: 'Ben' } } })
  expect((await settle(ben, question.id)).statusCode).toBe(200)
  expect((await list(ben, 'open=true')).total).toBe(0)
  expect((await settle(ana, question.id, 'reopen')).json().resolved).toBeNull()
  expect((await list(ben, 'open=true')).total).toBe(3)
})

test('who may not see the draft says nothing about it', async () => {
  expect((await say(scene.as.dora, { body: 'Hello?' })).statusCode).toBe(404)
  const url = `/drafts/${draft.id}/comments/${draft.id}/resolve`
  expect((await scene.send(scene.as.dora, 'POST', url)).statusCode).toBe(404)
  expect((await scene.send(scene.as.ben, 'POST', url)).statusCode).toBe(404)
})
