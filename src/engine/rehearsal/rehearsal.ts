// A rehearsal: a definition walked over the kernel's plan, in memory, without a database and without a way out of the process.

import type { Workflow } from '../../kernel/definition/workflow.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Failure, JournalEvent } from '../../kernel/plan/journal.ts'
import type { StepStatus } from '../../kernel/plan/state.ts'
import type { Result } from '../../kernel/problem.ts'
import type { Answers } from '../../kernel/testcase/answers.ts'
import type { SettledStep, StepEffect } from '../../kernel/testcase/compare.ts'
import type { RegisteredAction } from '../../packs/kit.ts'
import type { Evaluate } from '../worker/host.ts'
import type { LoadedVersion } from '../worker/loaded-version.ts'
import type { Budget } from './budget.ts'

export interface RehearsalParts {
  /** With the limits of real executions. */
  readonly evaluate: Evaluate
  findAction(name: string): RegisteredAction | undefined
  /** The workflow that `workflow.run` would start. */
  findWorkflow(name: string): Promise<Result<Workflow>>
}

/** Where it is not known which way an execution goes. */
export interface Choice {
  readonly step: string
  readonly item: number | undefined
  /** `answer`: people, an event or a callback decide. `condition`: it depends on what is assumed. `outcome`: so does how the step ends. */
  readonly about: 'answer' | 'condition' | 'outcome'
  /** The first is taken when nobody chooses. */
  readonly options: readonly string[]
  /** What would tell: steps by id, whose real outputs are not known, and inputs that are samples. */
  readonly needs: readonly string[]
}

/** How a choice went. */
export interface Chosen extends Choice {
  readonly option: string
}

export interface RehearsalRequest {
  readonly workflow: Workflow
  readonly inputs: JsonObject
  /** The names of inputs that are samples: what depends on them is not known. */
  readonly sampled?: ReadonlySet<string>
  /** What expressions see as `trigger`; the inputs when absent. */
  readonly trigger?: JsonObject
  /** Epoch ms at which it starts; from there on time passes as waits need it. */
  readonly now: number
  readonly answers: Answers
  readonly tenant: { readonly id: string; readonly slug: string; readonly name: string }
  /**
   * Takes a way wherever one cannot be known. When absent, assumed outputs count as real ones: what fails on them fails.
   */
  readonly choose?: (choice: Choice) => string
  readonly budget?: Budget
  /** The workflow made ready, where it is rehearsed again and again. */
  readonly version?: LoadedVersion
  /** How many workflows above this one have started one another. */
  readonly depth?: number
}

/** A part of a config that only a real run can give. */
export interface Unknown {
  /** JSON Pointer into the config. */
  readonly pointer: string
  readonly expression: string
  readonly needs: readonly string[]
}

export interface RehearsedEffect extends StepEffect {
  readonly item: number | undefined
  /** Whether it would leave the company. */
  readonly leaves: boolean
  /** It would undo the step. */
  readonly compensates: boolean
}

/** A run of a step, or of one item of its `for_each`. */
export interface RehearsedRun {
  readonly step: string
  readonly item: number | undefined
  readonly attempt: number
  /** Resolved; what is unknown stands as it is written. Secrets are handles. */
  readonly config: Json
  readonly unknown: readonly Unknown[]
}

export interface RehearsedStep {
  readonly step: string
  readonly status: StepStatus
  readonly outcome: string | undefined
  readonly output: Json
  /** The output, or a part of it, is a sample, or computed from one. */
  readonly isAssumed: boolean
  readonly failure: Failure | undefined
  /** What the condition gave; undefined where there is none, or it was not looked at. */
  readonly condition: boolean | undefined
}

export interface RehearsedChild {
  readonly step: string
  readonly rehearsal: Rehearsal
}

export interface Rehearsal {
  readonly workflow: string
  /** `waiting`: for something that nobody answers. `cut_off`: it has more runs, or more costly expressions, than a rehearsal takes on. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'waiting' | 'cut_off'
  readonly failure: Failure | undefined
  readonly output: Json
  readonly isOutputAssumed: boolean
  /** In the order of the definition. */
  readonly steps: readonly RehearsedStep[]
  readonly path: readonly SettledStep[]
  readonly runs: readonly RehearsedRun[]
  readonly effects: readonly RehearsedEffect[]
  readonly children: readonly RehearsedChild[]
  readonly chosen: readonly Chosen[]
  readonly journal: readonly JournalEvent[]
  /** Time that waits and retries would take; work itself takes none. */
  readonly waitedMs: number
}
