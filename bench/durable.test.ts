// What is promised to those who wait for durable events.

import { expect, test } from 'vitest'
import type { JournalEvent } from '../src/kernel/plan/journal.ts'
import { Durable, hasFailed } from './durable.ts'

const entry = (event: JournalEvent, tenantId = 'a') => ({ tenantId, executionId: 'e', seq: 1, event })
const completed = (step: string) =>
  entry({ type: 'step.completed', step, attempt: 1, outcome: 'completed', output: null, at: 0 })
const ended = (tenantId?: string) => entry({ type: 'execution.ended', status: 'completed', at: 0 }, tenantId)

test('it resolves with the last of those sought, however they are spread over commits, and hears of no more', async () => {
  const durable = new Durable()
  let heard = 0
  const waiting = durable.next(3, { type: 'execution.ended' }, () => heard++)
  durable.hear([ended(), completed('s0')])
  durable.hear([ended(), ended(), ended()])
  await waiting
  durable.hear([ended()])
  expect(heard).toBe(3)
})

test('what was durable before does not count', async () => {
  const durable = new Durable()
  durable.hear([ended()])
  let isOver = false
  const waiting = durable.next(1, { type: 'execution.ended' }).then(() => {
    isOver = true
  })
  await Promise.resolve()
  expect(isOver).toBe(false)
  durable.hear([ended()])
  await waiting
})

test('a step or a tenant may be sought', () => {
  const durable = new Durable()
  const step = durable.counter({ type: 'step.completed', step: 's1' })
  const tenant = durable.counter({ type: 'execution.ended', tenantId: 'b' })
  durable.hear([completed('s0'), completed('s1'), ended('a'), ended('b')])
  expect([step.count, tenant.count]).toEqual([1, 1])
})

test('a counter that was stopped counts no more', () => {
  const durable = new Durable()
  const counter = durable.counter({ type: 'execution.ended' })
  durable.hear([ended()])
  counter.stop()
  durable.hear([ended()])
  expect(counter.count).toBe(1)
})

test('an end has failed unless the execution completed', () => {
  expect(hasFailed({ type: 'execution.ended', status: 'completed', at: 0 })).toBe(false)
  expect(hasFailed({ type: 'execution.ended', status: 'cancelled', at: 0 })).toBe(true)
  expect(hasFailed({ type: 'execution.paused', by: 'bench', at: 0 })).toBe(false)
})
