// Whether a step of class C may start: with a grant, and where the policy holds it, with a decision on exactly this effect.

import type { Signal } from '../../packs/kit.ts'
import type { Ended } from '../worker/act.ts'
import type { Run } from '../worker/in-flight.ts'
import { askToRun, requireSame } from './held-run.ts'
import { type Candidate, pass } from './step-gate.ts'

/** What people answered to a step that the gate held. */
export interface HeldAnswer {
  readonly signal: Signal
  /** Epoch ms: its config is resolved again as of then. */
  readonly askedAt: number
  readonly approvalId: string | undefined
}

/** Undefined when it may start; else what makes it wait. Throws `not_countersigned`. */
export async function admitStep(
  candidate: Candidate,
  run: Run,
  answer: HeldAnswer | undefined,
): Promise<Ended | undefined> {
  const passed = await pass(candidate)
  if (answer !== undefined) {
    await requireSame(candidate, run, passed, answer.approvalId)
    return undefined
  }
  const rule = passed.governance.classes.C.run
  return rule === 'none' ? undefined : askToRun(candidate, run, passed, rule)
}
