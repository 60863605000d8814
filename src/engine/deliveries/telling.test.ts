// What subscribers are told: the execution, the step and how it went, and nothing of what went in or came out.

import { expect, test } from 'vitest'
import type { FeedEntry } from '../../record/feed.ts'
import { outboundEvents } from './telling.ts'

const executionId = '0199e0c4-0000-7000-8000-000000000001'
const at = Date.parse('2026-11-21T12:00:00Z')
const until = at + 60_000

const entry = (given: Partial<FeedEntry>): FeedEntry => ({
  ...{ position: '', tenantId: '0199e0c4-0000-7000-8000-00000000000a', executionId, seq: 4, type: 'step.completed' },
  ...{ step: null, item: null, attempt: null, outcome: null, at, startedAt: null, data: null },
  ...given,
})
/** A database that knows one workflow. */
const named = { query: async () => ({ rows: [{ id: executionId, name: 'pay' }] }) }
const nameless = { query: async () => ({ rows: [] }) }
const tell = async (given: Partial<FeedEntry>, db: object = named) => {
  const [event] = await outboundEvents(Object.assign(Object.create(null), db), [entry(given)])
  return event === undefined ? undefined : { id: event.id, ...JSON.parse(event.text) }
}

test('a start tells who started it', async () => {
  expect(await tell({ type: 'execution.started', seq: 0, data: { started_by: 'member:1', workflow_id: 'w' } })).toEqual(
    {
      id: 'evt_0199e0c4000070008000000000000001_0',
      type: 'workflow.started',
      timestamp: '2026-11-21T12:00:00.000Z',
      data: { execution_id: executionId, workflow: 'pay', started_by: 'member:1' },
    },
  )
})

test('a step tells its outcome, and not its output', async () => {
  const told = await tell({
    step: 'send',
    item: 2,
    attempt: 3,
    outcome: 'approved',
    data: { output: { iban: 'DE00' } },
  })
  expect(told).toMatchObject({
    type: 'workflow.approval_granted',
    data: { step: 'send', item: 2, attempt: 3, outcome: 'approved' },
  })
  expect(JSON.stringify(told)).not.toContain('DE00')
})

test('a step that waits for people tells the approval and until when', async () => {
  const wait = { on: 'approval', ref: 'a1', until }
  expect(await tell({ type: 'step.waiting', step: 'sign_off', data: { wait } })).toMatchObject({
    type: 'workflow.awaiting_approval',
    data: { step: 'sign_off', approval_id: 'a1', until: '2026-11-21T12:01:00.000Z' },
  })
})

test('what failed tells why, without the detail', async () => {
  const failure = { code: 'http_failed', message: 'No answer.', retry: true, detail: { body: 'private' } }
  const told = await tell({ type: 'step.failed', step: 'send', outcome: 'failed', data: { failure } })
  expect(told).toMatchObject({
    type: 'workflow.step_failed',
    data: { failure: { code: 'http_failed', message: 'No answer.' } },
  })
  expect(JSON.stringify(told)).not.toContain('private')
})

test('an execution that is gone by now has no workflow, and what concerns the engine alone is not told', async () => {
  expect((await tell({ step: 'a' }, nameless)).data).not.toHaveProperty('workflow')
  expect(await tell({ type: 'step.fanned_out', step: 'a', data: { items: [] } })).toBeUndefined()
  expect(await outboundEvents(Object.assign(Object.create(null), named), [])).toEqual([])
})
