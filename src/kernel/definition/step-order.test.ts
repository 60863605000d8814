import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { corpusActions } from '../../../tests/corpus/catalog.ts'
import { draftOf } from './draft-workflow.ts'
import { graphOf, type StepGraph } from './step-graph.ts'
import { findCycles, findUnreachable, upstreamOf } from './step-order.ts'

type Written = Readonly<
  Record<string, { after?: readonly string[]; on_error?: string; on_timeout?: string; action?: string }>
>

function graph(steps: Written): StepGraph {
  const written = Object.entries(steps).map(([id, { after, action, ...rest }]) => ({
    id,
    action: action ?? 'log',
    depends_on: after,
    timeout: '1s',
    ...rest,
  }))
  return graphOf(draftOf({ steps: written }).steps, corpusActions)
}

const unreachable = (steps: Written): readonly string[] => {
  const read = graph(steps)
  return findUnreachable(read, findCycles(read).members).map(({ message }) => message.split('`')[1] ?? '')
}

const cycles = (steps: Written): readonly string[] =>
  findCycles(graph(steps)).findings.map(({ message }) => message.replace('Steps wait for each other: ', ''))

const upstream = (steps: Written, id: string): readonly string[] => {
  const node = graph(steps).byId.get(id)
  return node === undefined ? [] : [...upstreamOf()(node)].map(({ step }) => step.id).toSorted()
}

describe('upstream', () => {
  test('follows every kind of edge', () => {
    const steps = {
      a: { on_error: 'c', on_timeout: 'd' },
      b: { after: ['a'] },
      c: {},
      d: {},
      e: { after: ['b.completed', 'c'] },
      f: {},
    }
    expect(upstream(steps, 'e')).toEqual(['a', 'b', 'c'])
    expect(upstream(steps, 'd')).toEqual(['a'])
    expect(upstream(steps, 'f')).toEqual([])
  })

  test('holds a step itself only in a cycle', () => {
    expect(upstream({ a: { after: ['b'] }, b: { after: ['a'] } }, 'a')).toEqual(['a', 'b'])
  })
})

describe('cycles', () => {
  test('are named by their shortest way around, from the first step on', () => {
    expect(cycles({ a: { after: ['c'] }, b: { after: ['a', 'c'] }, c: { after: ['b', 'a'] } })).toEqual(['a → c → a.'])
  })

  test('are told apart where they are apart, whatever leads into them', () => {
    expect(
      cycles({
        x: {},
        a: { after: ['x', 'b'] },
        b: { after: ['a'] },
        y: { after: ['b'] },
        c: { after: ['y', 'd'] },
        d: { after: ['c'] },
      }),
    ).toEqual(['a → b → a.', 'c → d → c.'])
  })

  test('count edges that are written on the source', () => {
    expect(cycles({ a: { on_error: 'b' }, b: { after: ['c'], on_timeout: 'a' }, c: {} })).toEqual(['a → b → a.'])
  })
})

describe('steps that can never run', () => {
  test('none in a definition as people write it', () => {
    expect(
      unreachable({
        a: { on_error: 'x' },
        b: { after: ['a.completed'] },
        c: { after: ['a', 'b'] },
        x: {},
        y: { after: ['x', 'c'] },
      }),
    ).toEqual([])
  })

  test('one that waits for good and bad of the same step, and what comes only after it', () => {
    expect(
      unreachable({ a: {}, b: { after: ['a', 'a.failed'] }, c: { after: ['b'] }, d: { after: ['b', 'a'] } }),
    ).toEqual(['b', 'c'])
    expect(unreachable({ a: { on_timeout: 'b' }, b: { after: ['a'] } })).toEqual(['b'])
  })

  test('a good outcome beside a plain edge contradicts nothing, nor does a second named edge', () => {
    expect(
      unreachable({ a: {}, b: { after: ['a', 'a.completed'] }, c: { after: ['a', 'a.failed', 'b.completed'] } }),
    ).toEqual([])
  })

  test('a step that waits for unknown ones, or sits in a cycle, is not told twice', () => {
    expect(
      unreachable({
        a: { after: ['nobody'] },
        b: { after: ['a'] },
        c: { after: ['d'] },
        d: { after: ['c'] },
        e: { after: ['c'] },
        f: { after: ['f'] },
      }),
    ).toEqual([])
  })
})

describe('outcomes', () => {
  const told = (steps: Written): readonly string[] => graph(steps).findings.map(({ message }) => message)

  test('anything may be named of an action that is unknown or whose outcomes cannot be told', () => {
    expect(
      told({
        a: { action: 'nothing.such' },
        b: { after: ['a.anything'] },
        c: { action: 'decision' },
        d: { after: ['c.some'] },
      }),
    ).toEqual([])
  })

  test('a config that is no mapping tells nothing', () => {
    const steps = [
      { id: 'a', action: 'decision', config: 5 },
      { id: 'b', action: 'log', depends_on: ['a.some'] },
    ]
    expect(graphOf(draftOf({ steps }).steps, corpusActions).findings).toEqual([])
  })

  test('`failed` is always there, `expired` with a timeout', () => {
    expect(told({ a: {}, b: { after: ['a.failed', 'a.expired', 'a.completed'] } })).toEqual([])
  })
})

test('a step is unreachable or not whatever the order of the definition', () => {
  const ids = ['a', 'b', 'c', 'd', 'e']
  const edge = fc
    .tuple(fc.constantFrom(...ids), fc.constantFrom('', '.failed', '.completed'))
    .map(([id, outcome]) => id + outcome)
  const steps = fc.array(fc.uniqueArray(edge, { maxLength: 3 }), { minLength: 5, maxLength: 5 })
  fc.assert(
    fc.property(steps, (written) => {
      const entries = written.map((after, index) => [String(ids[index]), { after }] as const)
      const forward = unreachable(Object.fromEntries(entries))
      const backward = unreachable(Object.fromEntries(entries.toReversed()))
      expect(backward.toSorted()).toEqual(forward.toSorted())
    }),
  )
})
