import { describe, expect, test } from 'vitest'
import { workflowOf } from '../../../tests/kernel/sample-plan.ts'
import { buildGraph, stepAt, withDescendants } from './graph.ts'

const edge = (from: number, to: number, outcome?: string) => ({ from, to, outcome })

describe('the edges of a graph', () => {
  test('come from depends_on, plain or with an outcome, at both of their ends', () => {
    const graph = buildGraph(workflowOf([{ id: 'a' }, { id: 'b', depends_on: ['a', 'a.approved'] }]))
    const edges = [edge(0, 1), edge(0, 1, 'approved')]
    expect(stepAt(graph, 0).out).toEqual(edges)
    expect(stepAt(graph, 1).in).toEqual(edges)
    expect(stepAt(graph, 0).in).toEqual([])
  })

  test('come from on_error and on_timeout, which are written on the source', () => {
    const graph = buildGraph(workflowOf([{ id: 'a', on_error: 'b', on_timeout: 'c' }, { id: 'b' }, { id: 'c' }]))
    expect(stepAt(graph, 0).out).toEqual([edge(0, 1, 'failed'), edge(0, 2, 'expired')])
  })

  test('may lead to steps that stand further up in the definition', () => {
    const graph = buildGraph(workflowOf([{ id: 'b', depends_on: ['a'] }, { id: 'a' }]))
    expect(stepAt(graph, 0).in).toEqual([edge(1, 0)])
  })

  test('count once when a dependency is written twice, and not at all when its step does not exist', () => {
    const graph = buildGraph(
      workflowOf([
        { id: 'a', on_error: 'gone' },
        { id: 'b', depends_on: ['a', 'a', 'nobody'] },
      ]),
    )
    expect(stepAt(graph, 1).in).toEqual([edge(0, 1)])
    expect(stepAt(graph, 0).out).toEqual([edge(0, 1)])
  })
})

describe('the policies of a step', () => {
  test('are one attempt, five attempts to compensate, ten items at once and no timeout when nothing is said', () => {
    const graph = buildGraph(workflowOf([{}]))
    const backoff = { backoff: 'exponential', initialMs: 1000, maxMs: 300_000, jitter: true }
    expect(stepAt(graph, 0)).toMatchObject({
      retry: { attempts: 1, ...backoff },
      compensationRetry: { attempts: 5, ...backoff },
      concurrency: 10,
      timeoutMs: undefined,
    })
    expect(graph.timeoutMs).toBeUndefined()
  })

  test('are what the definition says, in milliseconds, for compensations too', () => {
    const retry = { attempts: 3, backoff: 'linear', initial: '2s', max: '1m', jitter: false } as const
    const graph = buildGraph(
      workflowOf([{ retry, timeout: '30s', for_each: { items: [], concurrency: 2 } }], { timeout: '1h' }),
    )
    const policy = { attempts: 3, backoff: 'linear', initialMs: 2000, maxMs: 60_000, jitter: false }
    expect(stepAt(graph, 0)).toMatchObject({
      retry: policy,
      compensationRetry: policy,
      concurrency: 2,
      timeoutMs: 30_000,
    })
    expect(graph.timeoutMs).toBe(3_600_000)
  })
})

test('descendants are all steps that edges of any kind lead to, with the steps themselves', () => {
  const graph = buildGraph(
    workflowOf([
      { id: 'a' },
      { id: 'b', depends_on: ['a'] },
      { id: 'c', depends_on: ['b.failed'] },
      { id: 'd', depends_on: ['a', 'c'] },
      { id: 'e' },
    ]),
  )
  expect([...withDescendants(graph, [1])].toSorted()).toEqual([1, 2, 3])
  expect(withDescendants(graph, [])).toEqual(new Set())
})

test('a position that the graph does not have is an error of the programmer', () => {
  expect(() => stepAt(buildGraph(workflowOf([{}])), 7)).toThrow('The graph has no step 7')
})
