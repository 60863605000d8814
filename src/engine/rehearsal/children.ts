// The workflows that a rehearsed one starts: rehearsed in their turn, with the same budget.

import { checkInputs } from '../../kernel/definition/inputs.ts'
import { triggersOf } from '../../kernel/definition/workflow.ts'
import type { JsonObject, Signal } from '../../packs/kit.ts'
import { ProblemError } from '../worker/failure.ts'
import type { Rehearsal, RehearsalParts, RehearsalRequest, RehearsedChild } from './rehearsal.ts'
import type { WaitAnswer } from './wait-answers.ts'

export type Rehearse = (parts: RehearsalParts, request: RehearsalRequest) => Promise<Rehearsal>

export interface ChildStart {
  readonly step: string
  readonly workflow: string
  readonly inputs: JsonObject
  readonly now: number
  /** Names the run that waits for it; undefined where none does. */
  readonly key: string | undefined
}

/** Executions may not start one another more deeply than this either. */
const deepest = 20
const childId = '00000000-0000-7000-8000-000000000002'

export class Children {
  readonly told: RehearsedChild[] = []
  private readonly parts: RehearsalParts
  private readonly request: RehearsalRequest
  private readonly rehearse: Rehearse
  private readonly awaited = new Map<string, Rehearsal>()

  constructor(parts: RehearsalParts, request: RehearsalRequest, rehearse: Rehearse) {
    this.parts = parts
    this.request = request
    this.rehearse = rehearse
  }

  /** Throws a `ProblemError` where it cannot be started. */
  async start({ step, workflow: name, inputs, now, key }: ChildStart): Promise<void> {
    const { tenant, budget, choose, depth = 0 } = this.request
    if (depth >= deepest) throw new ProblemError([tooDeep(name)])
    const found = await this.parts.findWorkflow(name)
    if (!found.ok) throw new ProblemError(found.problems)
    const workflow = found.value
    const isManual = triggersOf(workflow).every((trigger) => 'manual' in trigger)
    const checked = checkInputs(workflow, inputs, { allowUnknown: !isManual })
    if (!checked.ok) throw new ProblemError(checked.problems)
    const rehearsal = await this.rehearse(this.parts, {
      workflow,
      inputs: checked.value,
      now,
      tenant,
      depth: depth + 1,
      answers: new Map(),
      ...(budget !== undefined && { budget }),
      ...(choose !== undefined && { choose: ({ options: [usual = ''] }) => usual }),
    })
    this.told.push({ step, rehearsal })
    if (key !== undefined) this.awaited.set(key, rehearsal)
  }

  /** Undefined where the child does not end. */
  answer(key: string): WaitAnswer | undefined {
    const child = this.awaited.get(key)
    if (child === undefined || child.status === 'waiting' || child.status === 'cut_off') return undefined
    const { status, output, failure } = child
    const message = failure === undefined ? {} : { message: failure.message }
    const signal: Signal = { kind: 'child', status, output, executionId: childId, ...message }
    return { signal, isAssumed: child.isOutputAssumed || child.chosen.length > 0 }
  }
}

function tooDeep(name: string) {
  const message = `"${name}" was not started: ${deepest} executions above it have started one another. End the circle with a condition.`
  return { code: 'conflict', message } as const
}
