// Following the feed: pages in order, once, whatever goes wrong in between. The clock is the test's.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FeedEntry, FeedPage } from '../../record/feed.ts'
import { FeedTail } from './feed-tail.ts'
import { entryLifecycle, journalEventOf } from './entry-lifecycle.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const entryOf = (seq: number, given: Partial<FeedEntry> = {}): FeedEntry => ({
  position: String(seq),
  tenantId: 't',
  executionId: 'e',
  seq,
  type: 'step.skipped',
  step: 'a',
  item: null,
  attempt: null,
  outcome: null,
  at: 1000,
  startedAt: null,
  data: null,
  ...given,
})

/** A feed whose pages the test makes, and what was read of it. */
function follow(pages: (FeedPage | Error)[]) {
  const seen: number[] = []
  const asked: { after: string; toEnd: boolean }[] = []
  const troubles: string[] = []
  const tail = new FeedTail({
    horizon: async () => 'now',
    read: async (after, toEnd) => {
      asked.push({ after, toEnd })
      const page = pages.shift() ?? { entries: [], position: after, isCut: false }
      if (page instanceof Error) throw page
      return page
    },
    onPage: (entries) => void seen.push(...entries.map(({ seq }) => seq)),
    onTrouble: ({ message }) => troubles.push(message),
    now: () => Date.now(),
  })
  return { tail, seen, asked, troubles }
}

test('pages are read one after the other, each after the one before, and a cut one is followed at once', async () => {
  const { tail, seen, asked } = follow([
    { entries: [entryOf(1)], position: 'a', isCut: true },
    { entries: [entryOf(2)], position: 'b', isCut: false },
  ])
  expect(await tail.start()).toBe('now')
  await vi.advanceTimersByTimeAsync(1000)
  expect(seen).toEqual([1, 2])
  expect(asked.slice(0, 3)).toEqual([
    { after: 'now', toEnd: true },
    { after: 'a', toEnd: false },
    { after: 'b', toEnd: true },
  ])
  expect(tail.position).toBe('b')
  tail.stop()
})

test('it reads soon when it is woken, seldom when nothing happens, and not at all once it has stopped', async () => {
  const { tail, asked } = follow([])
  tail.wake()
  await tail.start()
  await vi.advanceTimersByTimeAsync(10_100)
  const idle = asked.length
  expect(idle).toBeLessThan(60)
  tail.wake()
  await vi.advanceTimersByTimeAsync(1)
  expect(asked.length).toBe(idle + 1)
  tail.wake()
  await vi.advanceTimersByTimeAsync(20)
  expect(asked.length).toBe(idle + 2)
  tail.stop()
  tail.wake()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked.length).toBe(idle + 2)
})

test('a read that fails is told and tried again from the same place', async () => {
  const { tail, seen, asked, troubles } = follow([
    new Error('away'),
    { entries: [entryOf(1)], position: 'a', isCut: false },
  ])
  await tail.start()
  await vi.advanceTimersByTimeAsync(1000)
  expect(troubles).toEqual(['away'])
  expect(asked[1]?.after).toBe('now')
  expect(seen).toEqual([1])
  tail.stop()
})

test('a read that is under way when it stops comes to nothing, also when it starts again meanwhile', async () => {
  const late = Promise.withResolvers<FeedPage>()
  const seen: string[] = []
  let reads = 0
  const tail = new FeedTail({
    horizon: async () => 'now',
    read: async (after) => (++reads === 1 ? late.promise : { entries: [], position: after, isCut: false }),
    onPage: (_, position) => void seen.push(position),
    onTrouble: () => {},
    now: () => Date.now(),
  })
  await tail.start()
  await vi.advanceTimersByTimeAsync(1)
  tail.stop()
  await tail.start()
  late.resolve({ entries: [entryOf(1)], position: 'old', isCut: false })
  await vi.advanceTimersByTimeAsync(500)
  expect(seen).not.toContain('old')
  expect(tail.position).toBe('now')
  tail.stop()
})

test('an entry is told as the lifecycle event of its journal event', () => {
  expect(entryLifecycle(entryOf(0, { type: 'execution.started' }))).toBe('workflow.started')
  expect(entryLifecycle(entryOf(1, { type: 'step.completed' }))).toBe('workflow.step_completed')
  expect(entryLifecycle(entryOf(1, { type: 'step.completed', outcome: 'approved' }))).toBe('workflow.approval_granted')
  expect(entryLifecycle(entryOf(1, { type: 'step.fanned_out' }))).toBeUndefined()
  expect(journalEventOf(entryOf(1, { type: 'step.completed', startedAt: 900 }))).toMatchObject({
    at: 1000,
    startedAt: 900,
    attempt: 1,
  })
})
