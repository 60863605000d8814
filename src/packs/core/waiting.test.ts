import { describe, expect, it } from 'vitest'
import type { Signal } from '../kit.ts'
import { approvalRequest } from './approval-request.ts'
import { callbackWait } from './callback-wait.ts'
import { testContext, testNow } from './context.test-kit.ts'
import { delay } from './delay.ts'
import { formRequest } from './form-request.ts'
import { waitForEvent } from './wait-for-event.ts'
import { workflowRun } from './workflow-run.ts'

const hour = 3_600_000
const expired: Signal = { kind: 'expired' }
const due: Signal = { kind: 'due' }
const childEnd = (status: 'completed' | 'failed' | 'cancelled', message?: string): Signal => ({
  kind: 'child',
  status,
  output: { ok: 1 },
  executionId: 'e2',
  ...(message !== undefined && { message }),
})

describe('delay', () => {
  it.each([
    [{ for: '2h' }, testNow + 2 * hour],
    [{ until: '2026-03-02T00:00:00Z' }, Date.UTC(2026, 2, 2)],
  ])('waits for a timer with %o', async (config, until) => {
    const context = testContext(config)
    expect(await delay.run(context)).toEqual({ wait: { on: 'timer', until }, memo: until })
    expect(await delay.resume(context, due, until)).toEqual({
      outcome: 'completed',
      output: { until: new Date(until).toISOString() },
    })
    expect(await delay.resume(context, due, undefined)).toMatchObject({
      output: { until: new Date(testNow).toISOString() },
    })
    expect(await delay.resume(context, { kind: 'callback', data: null }, until)).toBe('keep waiting')
  })

  it('does not wait for a time that has passed', async () => {
    expect(await delay.run(testContext({ until: '2020-01-01' }))).toMatchObject({
      output: { until: '2020-01-01T00:00:00.000Z' },
    })
    expect(await delay.run(testContext({ for: '0s' }))).toMatchObject({ outcome: 'completed' })
  })

  it.each([{}, { for: '1h', until: '2026-03-02' }])('needs exactly one of for and until: %o', async (config) => {
    await expect(delay.run(testContext(config))).rejects.toThrow('exactly one of for and until')
  })
})

describe('wait_for_event', () => {
  const context = testContext({ event: 'invoice.paid', match: { id: 7 }, expires_in: '1h' })

  it('keeps waiting while its where is not true of the event', async () => {
    const signal = { kind: 'event', event: 'invoice.paid', data: { id: 7 }, id: 'e1' } as const
    const config = { event: 'invoice.paid', where: '{{ event.id == 8 }}' }
    expect(await waitForEvent.resume(testContext(config, { ownAnswer: false }), signal, undefined)).toBe('keep waiting')
    expect(await waitForEvent.resume(testContext(config, { ownAnswer: true }), signal, undefined)).not.toBe(
      'keep waiting',
    )
  })

  it('waits for the type and the match, with or without an end', async () => {
    expect(await waitForEvent.run(context)).toEqual({
      wait: { on: 'event', event: 'invoice.paid', match: { id: 7 }, until: testNow + hour },
    })
    expect(await waitForEvent.run(testContext({ event: 'invoice.paid' }))).toEqual({
      wait: { on: 'event', event: 'invoice.paid' },
    })
  })

  it('settles with the event, or as expired', async () => {
    const event: Signal = { kind: 'event', event: 'invoice.paid', data: { id: 7 }, id: 'ev1' }
    expect(await waitForEvent.resume(context, event, undefined)).toEqual({
      outcome: 'completed',
      output: { event: 'invoice.paid', id: 'ev1', data: { id: 7 } },
    })
    expect(await waitForEvent.resume(context, expired, undefined)).toEqual({
      outcome: 'expired',
      output: { event: 'invoice.paid', id: null, data: null },
    })
    expect(await waitForEvent.resume(context, due, undefined)).toBe('keep waiting')
  })
})

describe('callback.wait', () => {
  const request = {
    url: 'https://render.example.com/jobs',
    headers: { 'Content-Type': 'text/plain', 'X-Key': 'k' },
    body: { doc: 1, callback_url: 'mine' },
  }

  it('waits without asking anybody when there is no request', async () => {
    const context = testContext({})
    expect(await callbackWait.run(context)).toEqual({ wait: { on: 'callback' } })
    expect(context.requests).toEqual([])
  })

  it('asks first, with the address to answer to, then waits', async () => {
    const context = testContext({ request, expires_in: '1h' })
    expect(await callbackWait.run(context)).toEqual({ wait: { on: 'callback', until: testNow + hour } })
    expect(context.requests).toEqual([
      {
        ...{ method: 'POST', url: request.url },
        headers: { 'idempotency-key': 'execution-1:test_step', 'x-key': 'k', 'content-type': 'application/json' },
        body: JSON.stringify({ doc: 1, callback_url: 'https://countersign.example/callbacks/token-1' }),
      },
    ])
  })

  it('does not wait for an answer to a request that failed', async () => {
    const bare = { request: { url: request.url } }
    await expect(callbackWait.run(testContext(bare, { answer: { status: 503 } }))).rejects.toMatchObject({
      code: 'http_failed',
      retry: true,
    })
  })

  it('settles with what was posted, or as expired', async () => {
    const context = testContext({})
    expect(await callbackWait.resume(context, { kind: 'callback', data: { done: true } }, undefined)).toEqual({
      outcome: 'completed',
      output: { data: { done: true } },
    })
    expect(await callbackWait.resume(context, expired, undefined)).toEqual({
      outcome: 'expired',
      output: { data: null },
    })
    expect(await callbackWait.resume(context, due, undefined)).toBe('keep waiting')
  })

  it('is of the class of its call, else A', () => {
    const { impact } = callbackWait
    if (typeof impact !== 'function') throw new Error('the impact depends on the config')
    const nothing = { isInternal: () => false }
    expect(impact({}, nothing)).toBe('A')
    expect(impact({ request }, nothing)).toMatchObject({ impact: 'C' })
    expect(impact({ request }, { isInternal: () => true })).toMatchObject({ impact: 'B' })
  })
})

describe('form.request', () => {
  const config = {
    title: 'Delivery',
    fields: { day: { type: 'string', format: 'date' } },
    audience: { role: 'operator' },
  }

  it('asks the audience for the fields, with or without instructions and an end', async () => {
    expect(await formRequest.run(testContext(config))).toEqual({ wait: { on: 'form', request: config } })
    expect(await formRequest.run(testContext({ ...config, instructions: 'Soon', expires_in: '1h' }))).toEqual({
      wait: { on: 'form', request: { ...config, instructions: 'Soon' }, until: testNow + hour },
    })
  })

  it('settles with the answer and who gave it, or as expired', async () => {
    const context = testContext(config)
    expect(
      await formRequest.resume(context, { kind: 'form', data: { day: '2026-03-02' }, by: 'm1' }, undefined),
    ).toEqual({ outcome: 'submitted', output: { data: { day: '2026-03-02' }, by: 'm1' } })
    expect(await formRequest.resume(context, expired, undefined)).toEqual({
      outcome: 'expired',
      output: { data: {}, by: null },
    })
    expect(await formRequest.resume(context, due, undefined)).toBe('keep waiting')
  })

  it('refuses fields that are no fields', async () => {
    await expect(
      formRequest.run(testContext({ ...config, fields: { day: { type: 'calendar' } } })),
    ).rejects.toMatchObject({ code: 'action_config', message: expect.stringContaining('fields.day') })
  })
})

describe('approval.request', () => {
  it('asks one approver for seven days unless told otherwise', async () => {
    expect(await approvalRequest.run(testContext({ approvers: { role: 'cfo' } }))).toEqual({
      wait: {
        on: 'approval',
        request: { approvers: { role: 'cfo' }, quorum: 1, summary: 'Approve "test_step" of test-workflow' },
        until: testNow + 7 * 24 * hour,
      },
    })
  })

  it.each([2, 'majority', 'unanimous'])('asks for a quorum of %s', async (quorum) => {
    const config = {
      approvers: { council: 'media' },
      quorum,
      expires_in: '1h',
      summary: 'Publish',
      details: { pages: 3 },
    }
    const { expires_in: _expiresIn, ...request } = config
    expect(await approvalRequest.run(testContext(config))).toEqual({
      wait: { on: 'approval', request, until: testNow + hour },
    })
  })

  it('settles as decided, with the votes; silence never approves', async () => {
    const context = testContext({ approvers: { role: 'cfo' } })
    const votes = [{ by: 'm1', decision: 'approve' }]
    for (const decision of ['approved', 'rejected'] as const) {
      expect(await approvalRequest.resume(context, { kind: 'approval', decision, votes }, undefined)).toEqual({
        outcome: decision,
        output: { decision, votes },
      })
    }
    expect(await approvalRequest.resume(context, expired, undefined)).toEqual({
      outcome: 'expired',
      output: { decision: 'expired', votes: [] },
    })
    expect(await approvalRequest.resume(context, due, undefined)).toBe('keep waiting')
  })

  it.each([0, 1.5, 'most'])('refuses a quorum of %s', async (quorum) => {
    await expect(approvalRequest.run(testContext({ approvers: { role: 'cfo' }, quorum }))).rejects.toMatchObject({
      code: 'action_config',
      message: expect.stringContaining('quorum'),
    })
  })
})

describe('workflow.run', () => {
  const context = testContext({ workflow: 'reorder-stock', inputs: { sku: 'A1' }, expires_in: '1h' })

  it('waits for the child', async () => {
    expect(await workflowRun.run(context)).toEqual({
      wait: { on: 'child', workflow: 'reorder-stock', inputs: { sku: 'A1' }, until: testNow + hour },
    })
    expect(await workflowRun.run(testContext({ workflow: 'reorder-stock' }))).toEqual({
      wait: { on: 'child', workflow: 'reorder-stock', inputs: {} },
    })
    expect(await workflowRun.resume(context, childEnd('completed'), undefined)).toEqual({
      outcome: 'completed',
      output: { started: true, execution_id: 'e2', output: { ok: 1 } },
    })
    expect(await workflowRun.resume(context, expired, undefined)).toEqual({
      outcome: 'expired',
      output: { started: true },
    })
    expect(await workflowRun.resume(context, due, undefined)).toBe('keep waiting')
  })

  it('starts the child exactly once and goes on when it does not wait', async () => {
    expect(await workflowRun.run(testContext({ workflow: 'report', wait: false }))).toEqual({
      ...{ outcome: 'completed', output: { started: true } },
      writes: [{ write: 'execution', workflow: 'report', inputs: {} }],
    })
    await expect(workflowRun.run(testContext({ workflow: 'report', wait: false, expires_in: '1h' }))).rejects.toThrow(
      'expires_in',
    )
  })

  it('fails when the child fails or is cancelled, with the reason', async () => {
    await expect(workflowRun.resume(context, childEnd('failed', 'No stock.'), undefined)).rejects.toMatchObject({
      ...{ code: 'child_failed', retry: false, message: 'The workflow "reorder-stock" failed: No stock.' },
      detail: { execution_id: 'e2', status: 'failed' },
    })
    await expect(workflowRun.resume(context, childEnd('cancelled'), undefined)).rejects.toThrow(
      'The workflow "reorder-stock" was cancelled',
    )
  })
})
