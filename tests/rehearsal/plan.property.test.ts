// For any definition and any results, a rehearsal comes to the outcomes that the plan comes to.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rehearse } from '../../src/engine/rehearsal/rehearse.ts'
import { fold } from '../../src/kernel/plan/fold.ts'
import { buildGraph } from '../../src/kernel/plan/graph.ts'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import type { Answer, Answers } from '../../src/kernel/testcase/answers.ts'
import { defineAction, type RegisteredAction } from '../../src/packs/kit.ts'
import { z } from 'zod'
import { randomRun } from '../kernel/random-workflow.ts'
import { type Fact, isUnhandled, outcomeOfItems, verdictsOf } from '../kernel/edge-rule.ts'
import { noon, rehearsalParts, requestOf } from './rehearsal.test-kit.ts'

const outcomes = ['completed', 'yes', 'approved', 'rejected', 'expired', 'no'] as const

/** An action that is never run: everything is said of it. */
const anything = (name: string): RegisteredAction =>
  defineAction({
    name,
    title: name,
    description: name,
    config: z.unknown(),
    output: z.unknown(),
    impact: 'C',
    effect: 'external',
    outcomes,
    run: async () => {
      throw new Error(`${name} was run.`)
    },
  })
const actions = new Map(['log', 'email.send', 'undo'].map((name) => [name, anything(name)]))
const parts = { ...rehearsalParts(), findAction: (name: string) => actions.get(name) }

/** What the choices of a random run say of each step, attempt by attempt. */
function answersFrom(ids: readonly string[], choices: readonly number[]): Answers {
  let at = 0
  const pick = (count: number): number => (choices[at++] ?? 0) % count
  const answer = (): Answer => {
    const choice = pick(12)
    if (choice === 11) return { kind: 'failure', failure: { code: 'step_timeout', message: 'Slow.', retry: true } }
    if (choice >= 9) return { kind: 'failure', failure: { code: 'http_failed', message: 'No.', retry: choice === 9 } }
    return { kind: 'result', output: choice, outcome: outcomes[choice % outcomes.length] ?? 'completed' }
  }
  return new Map(ids.map((id) => [id, [answer(), answer(), answer()]]))
}

/** How a step ends by what is said of it, written down plainly from the prose of the docs. */
function endOf(workflow: Workflow, step: Step, said: readonly Answer[]): Fact {
  const most = step.retry?.attempts ?? 1
  const isLast = (one: Answer, index: number): boolean =>
    one.kind === 'result' || (one.kind === 'failure' && (!one.failure.retry || index + 1 === most))
  const last = said.find(isLast) ?? said.at(-1)
  if (last?.kind === 'result') return { status: 'completed', outcome: last.outcome }
  if (step.for_each?.on_item_error === 'continue') return { status: 'completed', outcome: outcomeOfItems([]) }
  const isLate = last?.kind === 'failure' && last.failure.code === 'step_timeout'
  const ids = new Set(workflow.steps.map(({ id }) => id))
  const hasEdge =
    ids.has(step.on_timeout ?? '') || workflow.steps.some(({ depends_on: on }) => on?.includes(`${step.id}.expired`))
  return { status: 'failed', outcome: isLate && hasEdge ? 'expired' : 'failed' }
}

test('a rehearsal settles every step as the rules say, and its journal folds to the same end', async () => {
  const statuses = new Set<string>()
  await fc.assert(
    fc.asyncProperty(randomRun, async ({ workflow, choices }) => {
      const ids = workflow.steps.map(({ id }) => id)
      const answers = answersFrom(ids, choices)
      const rehearsal = await rehearse(parts, requestOf(workflow, { answers }))
      const facts = new Map<string, Fact>(
        rehearsal.path.map(({ step, status, outcome }) => [step, { status, outcome }]),
      )
      for (const [step, fact] of facts) {
        const definition = workflow.steps.find(({ id }) => id === step) ?? { id: '', action: '' }
        // While an execution winds down, an attempt that fails is the last.
        if (rehearsal.status !== 'failed' || fact.status !== 'failed')
          expect([step, fact]).toEqual([step, endOf(workflow, definition, answers.get(step) ?? [])])
      }
      for (const [id, verdict] of verdictsOf(workflow, facts)) {
        const { status = '' } = rehearsal.steps.find(({ step }) => step === id) ?? {}
        expect([id, verdict, status === 'bypassed', facts.has(id) && verdict !== 'runs']).toEqual([
          ...[id, verdict, verdict === 'bypassed', false],
        ])
        if (rehearsal.status === 'completed') expect([id, facts.has(id)]).toEqual([id, verdict === 'runs'])
        statuses.add(status)
      }
      const isFailing = ids.some((id) => isUnhandled(workflow, id, facts.get(id)))
      if (rehearsal.failure?.code !== 'execution_timeout') expect(rehearsal.status === 'failed').toBe(isFailing)
      const graph = buildGraph(workflow)
      const folded = fold(graph, noon, rehearsal.journal, () => graph)
      expect(folded.ended).toBe(rehearsal.status)
      expect(folded.steps.map(({ status, outcome }) => [status, outcome])).toEqual(
        rehearsal.steps.map(({ status, outcome }) => [status, outcome]),
      )
      statuses.add(rehearsal.status)
    }),
    { numRuns: 400, seed: 20_261_121 },
  )
  expect([...statuses]).toEqual(expect.arrayContaining(['completed', 'failed', 'bypassed', 'pending']))
})
