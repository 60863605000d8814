// The workflows that the rounds run, and what has to have happened in each when it is over.

import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'

export type WorkflowName =
  | 'linear'
  | 'fan-out'
  | 'approval'
  | 'timer'
  | 'event'
  | 'child'
  | 'for-each'
  | 'retry'
  | 'compensation'
  | 'limited'

export interface Known {
  readonly workflow: Workflow
  readonly status: 'completed' | 'failed'
  /** Steps and items that complete, each once. */
  readonly completed: readonly string[]
  readonly undone: readonly string[]
}

/** The event that `event` waits for, and the input that tells its executions apart. */
export const eventType = 'crash.ping'

// Whatever else goes wrong with an attempt, a clock that jumps over its deadline for one, it is tried again.
const retry = { attempts: 20, initial: '1ms', max: '1ms' }

const effect = (id: string, depends_on: string[], more: Partial<Step> = {}): Step => ({
  ...{ id, action: 'crash.effect', depends_on, retry },
  ...more,
})
const note = (id: string, depends_on: string[], more: Partial<Step> = {}): Step => ({
  ...{ id, action: 'crash.note', depends_on, retry },
  ...more,
})
const items = (id: string, count: number): string[] => Array.from({ length: count }, (_, item) => `${id}[${item}]`)

function known(workflow: Workflow, completed: readonly string[], undone: readonly string[] = []): Known {
  return { workflow, status: undone.length > 0 ? 'failed' : 'completed', completed, undone }
}

/** `receiverUrl`: where the core's own HTTP action posts to. */
export function knownWorkflows(receiverUrl: string): ReadonlyMap<string, Known> {
  const post = { method: 'POST', url: receiverUrl, body: 'done' }
  const all = [
    known(
      {
        name: 'linear',
        steps: [
          effect('a', []),
          note('b', ['a']),
          { id: 'c', action: 'http.request', config: post, depends_on: ['b'], retry },
        ],
      },
      ['a', 'b', 'c'],
    ),
    known(
      {
        name: 'fan-out',
        steps: [
          effect('a', []),
          ...['w', 'x', 'y'].map((id) => effect(id, ['a'])),
          note('z', ['a']),
          note('last', ['w', 'x', 'y', 'z']),
        ],
      },
      ['a', 'w', 'x', 'y', 'z', 'last'],
    ),
    known(
      {
        name: 'approval',
        steps: [
          effect('a', []),
          {
            ...{ id: 'sign_off', action: 'approval.request', depends_on: ['a'], retry },
            config: { approvers: { role: 'finance_manager' }, quorum: 2 },
          },
          effect('b', ['sign_off.approved']),
        ],
      },
      ['a', 'sign_off', 'b'],
    ),
    known(
      {
        name: 'timer',
        steps: [
          effect('a', []),
          { id: 'rest', action: 'delay', config: { for: '1100ms' }, depends_on: ['a'], retry },
          note('b', ['rest']),
        ],
      },
      ['a', 'rest', 'b'],
    ),
    known(
      {
        name: 'event',
        inputs: { ref: { type: 'string' } },
        steps: [
          effect('a', []),
          {
            ...{ id: 'ping', action: 'wait_for_event', depends_on: ['a'], retry },
            config: { event: eventType, match: { ref: '{{ inputs.ref }}' } },
          },
          note('b', ['ping']),
        ],
      },
      ['a', 'ping', 'b'],
    ),
    known(
      {
        name: 'child',
        steps: [{ id: 'run', action: 'workflow.run', config: { workflow: 'child-of' }, retry }, effect('b', ['run'])],
      },
      ['run', 'b'],
    ),
    known({ name: 'child-of', steps: [effect('a', []), note('b', ['a'])] }, ['a', 'b']),
    known(
      {
        name: 'for-each',
        steps: [
          effect('each', [], { for_each: { items: [0, 1, 2, 3], concurrency: 2 } }),
          note('write', ['each'], { for_each: { items: [0, 1, 2] } }),
        ],
      },
      [...items('each', 4), ...items('write', 3)],
    ),
    known({ name: 'retry', steps: [effect('a', [], { config: { failures: 2 } }), note('b', ['a'])] }, ['a', 'b']),
    known(
      {
        name: 'compensation',
        steps: [
          effect('a', [], { compensate: { action: 'crash.effect' } }),
          note('b', ['a'], { compensate: { action: 'crash.effect' } }),
          { id: 'c', action: 'crash.refuse', depends_on: ['b'], retry },
        ],
      },
      ['a', 'b'],
      ['a', 'b'],
    ),
    known({ name: 'limited', settings: { concurrency: { limit: 3 } }, steps: [effect('a', []), note('b', ['a'])] }, [
      'a',
      'b',
    ]),
    known({ name: 'schedule', trigger: { every: '1s', missed: 'once' }, steps: [note('a', [])] }, ['a']),
  ]
  return new Map(all.map((one) => [one.workflow.name, one]))
}

/** The idempotency keys that an execution has to have sent, once it has ended. */
export function keysOf({ workflow, completed, undone }: Known, executionId: string): string[] {
  const stepOf = (place: string) => workflow.steps.find(({ id }) => id === place.replace(/\[.*/, ''))
  const sends = (action: string | undefined) => action === 'crash.effect' || action === 'http.request'
  const done = completed.filter((place) => sends(stepOf(place)?.action))
  const back = undone.filter((place) => sends(stepOf(place)?.compensate?.action))
  return [...done.map((place) => `${executionId}:${place}:0`), ...back.map((place) => `${executionId}:${place}:0:undo`)]
}

/** The notes that it has to have written. */
export function notesOf({ workflow, completed }: Known): string[] {
  const notes = new Set(workflow.steps.filter(({ action }) => action === 'crash.note').map(({ id }) => id))
  return completed.filter((place) => notes.has(place.replace(/\[.*/, '')))
}
