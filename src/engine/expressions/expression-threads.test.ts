import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { compileValue } from '../../kernel/expression/compile.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { ExpressionThread } from './expression-thread.ts'
import { createExpressionThreads, type ExpressionThreads, type ExpressionThreadsOptions } from './expression-threads.ts'
import { FairQueue } from './fair-queue.ts'

let open: ExpressionThreads[] = []
afterEach(async () => {
  await Promise.all(open.map((threads) => threads.close()))
  open = []
})

function threadsOf(options?: ExpressionThreadsOptions) {
  const threads = createExpressionThreads(options)
  open.push(threads)
  return (source: string, scope: JsonObject = {}) =>
    threads.evaluate(compileValue(`{{ ${source} }}`, { secrets: true }), scope)
}

const list = Array.from({ length: 1000 }, (_, index) => index)
const endless = 'trigger.list.all(a, trigger.list.all(b, trigger.list.all(c, trigger.list.all(d, true))))'
const stopped = { ok: false, problems: [expect.objectContaining({ code: 'expression_limit' })] }

test('a cheap value is there at once, a costly one is promised', async () => {
  const evaluate = threadsOf()
  expect(evaluate('1 + 1')).toEqual({ ok: true, value: 2 })
  const promised = evaluate('trigger.list.map(x, x * 2 + secrets.N.size())', {
    trigger: { list: [1, 2] },
    secrets: { N: 'abc', M: 'd' },
  })
  expect(promised).toBeInstanceOf(Promise)
  expect(await promised).toEqual({ ok: true, value: [5, 7] })
})

test('a problem in a thread comes back as it is', async () => {
  const evaluate = threadsOf()
  expect(await evaluate('trigger.list.map(x, x.y)', { trigger: { list: [{}] } })).toEqual({
    ok: false,
    problems: [expect.objectContaining({ code: 'expression_failed', message: '`x.y` does not exist.', pointer: '' })],
  })
})

test('an endless evaluation is stopped, and those that wait behind it go on', async () => {
  const evaluate = threadsOf({ limitMs: 50 })
  const results = await Promise.all([
    evaluate(endless, { trigger: { list } }),
    evaluate('[1].map(x, x)'),
    evaluate(endless, { trigger: { list } }),
    evaluate('[2].map(x, x)'),
  ])
  expect(results).toEqual([stopped, { ok: true, value: [1] }, stopped, { ok: true, value: [2] }])
})

test.each([
  'trigger.list.map(a, trigger.list.map(b, trigger.list.map(c, [a, b, c])))',
  'trigger.list.map(a, parseJson(trigger.json))',
  'trigger.list.map(a, split(trigger.json, ""))',
])('an evaluation that eats memory ends its thread and nothing else: %s', async (bomb) => {
  const evaluate = threadsOf({ limitMs: 60_000, memoryMb: 32 })
  const scope = { trigger: { list, json: `[${Array(100_000).fill('{}').join(',')}]` } }
  const [bombed, next] = await Promise.all([evaluate(bomb, scope), evaluate('[1].map(x, x)')])
  expect(bombed).toEqual({
    ok: false,
    problems: [expect.objectContaining({ code: 'expression_limit', message: expect.stringContaining('memory') })],
  })
  expect(next).toEqual({ ok: true, value: [1] })
})

test('a tenant that asks for much does not hold up the others', async () => {
  const evaluate = threadsOf({ limitMs: 30 })
  const order: string[] = []
  const asked = [...Array(6).fill('greedy'), 'modest'].map(async (id: string) => {
    await evaluate(id === 'greedy' ? endless : '[1].map(x, x)', { trigger: { list }, tenant: { id } })
    order.push(id)
  })
  await Promise.all(asked)
  expect(order.indexOf('modest')).toBeLessThanOrEqual(2)
})

test('an evaluation that has finished is not stopped because this process was busy', async () => {
  const evaluate = threadsOf({ limitMs: 500 })
  const busyUntil = (time: number): void => {
    while (performance.now() < time);
  }
  const attempt = async () => {
    await evaluate('[1].map(x, x)')
    const start = performance.now()
    const pending = evaluate('trigger.list.all(a, trigger.list.all(b, a + b < 5000))', { trigger: { list } })
    // Long enough to hear that it has started, not for it to end; then the limit passes unheard.
    while (performance.now() < start + 20) await setImmediate()
    busyUntil(start + 800)
    return pending
  }
  // Another process may take the processor from the thread: once in three times it must have had it.
  const results = [await attempt(), await attempt(), await attempt()]
  expect(results).toContainEqual({ ok: true, value: true })
})

test('data that is nested too deeply to be sent is a problem, and the thread stays', async () => {
  const evaluate = threadsOf()
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(await evaluate('trigger.map(x, x)', { trigger: deep })).toEqual({
    ok: false,
    problems: [expect.objectContaining({ code: 'expression_failed' })],
  })
  expect(await evaluate('[1].map(x, x)')).toEqual({ ok: true, value: [1] })
})

describe('closing', () => {
  test('answers what runs, what waits and what comes later', async () => {
    const evaluate = threadsOf({ limitMs: 60_000 })
    const pending = [evaluate(endless, { trigger: { list } }), evaluate('[1].map(x, x)')]
    await open[0]?.close()
    const unavailable = { ok: false, problems: [expect.objectContaining({ code: 'unavailable' })] }
    expect([await pending[0], await pending[1]]).toEqual([unavailable, unavailable])
    expect(await evaluate('[1].map(x, x)')).toEqual(unavailable)
    expect(evaluate('1')).toEqual({ ok: true, value: 1 })
  })

  test('ends a thread for good', async () => {
    const thread = new ExpressionThread({ limitMs: 100, memoryMb: 64 })
    expect(thread.alive).toBe(true)
    await thread.close()
    expect(thread.alive).toBe(false)
  })
})

test('the queue serves its keys in turn', () => {
  const queue = new FairQueue<number>()
  queue.add('a', 1)
  queue.add('a', 2)
  queue.add('a', 3)
  queue.add('b', 4)
  queue.add('c', 5)
  queue.add('b', 6)
  expect([1, 2, 3, 4, 5, 6, 7].map(() => queue.take())).toEqual([1, 4, 5, 2, 6, 3, undefined])
})
