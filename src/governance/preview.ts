// The preview of a workflow: what each step would do, what would leave the company, who must agree, how long it would take. It
// has no effect.

import type { Actor } from '../kernel/access/actor.ts'
import { checkInputs } from '../kernel/definition/inputs.ts'
import { triggersOf, type Workflow } from '../kernel/definition/workflow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import type { Answers } from '../kernel/testcase/answers.ts'
import { sampleInputs } from '../kernel/testcase/sample.ts'
import { Budget } from '../engine/rehearsal/budget.ts'
import { certaintyOf } from '../engine/rehearsal/certainty.ts'
import type { Rehearsal } from '../engine/rehearsal/rehearsal.ts'
import { walk, type Walk } from '../engine/rehearsal/walk.ts'
import { contentHash } from '../engine/triggers/save-workflow.ts'
import type { Queryable } from '../record/database.ts'
import { activationNeeds, type ActivationNeeds } from './activation-needs.ts'
import { validateAsTenant } from './definition-check.ts'
import { neededApprovals, type NeededApproval } from './preview-approvals.ts'
import { estimates, type Estimate, totalEstimate } from './preview-durations.ts'
import { type PreviewedStep, previewSteps } from './preview-steps.ts'
import { rehearsalPartsOf, type RehearsingParts } from './workflow-tests.ts'

export interface PreviewRequest {
  /** Samples stand for inputs that are not given. */
  readonly inputs?: JsonObject | undefined
  /** What expressions see as `trigger`; the inputs when absent. */
  readonly trigger?: JsonObject | undefined
  /** What is said of steps; whatever is left open is walked both ways. */
  readonly answers?: Answers
}

export interface Preview {
  readonly workflow: Workflow
  readonly contentHash: string
  readonly inputs: JsonObject
  /** The names of the inputs that are samples. */
  readonly sampled: readonly string[]
  /** How the usual way ends: everybody approves, and what reaches outside succeeds. */
  readonly usual: Pick<Rehearsal, 'status' | 'failure' | 'output' | 'isOutputAssumed'>
  /** How many ways were walked, and whether those were all. */
  readonly ways: number
  readonly isComplete: boolean
  readonly needs: ActivationNeeds
  readonly steps: readonly PreviewedStep[]
  readonly approvals: readonly NeededApproval[]
  /** Along the longest way through the steps that usually run. */
  readonly estimate: Estimate
}

/** Previews a definition that may not be saved yet. Problems: all of the definition's, those of the inputs. */
export async function previewSource(
  parts: RehearsingParts,
  client: Queryable,
  actor: Actor,
  source: string,
  request: PreviewRequest,
): Promise<Result<Preview>> {
  const { workflow, problems } = await validateAsTenant(parts, client, actor.tenantId, source)
  return workflow === undefined ? failed(...problems) : previewWorkflow(parts, client, actor, workflow, request)
}

/** Previews a valid workflow. Problems: those of the inputs. */
export async function previewWorkflow(
  parts: RehearsingParts,
  client: Queryable,
  actor: Actor,
  workflow: Workflow,
  request: PreviewRequest,
): Promise<Result<Preview>> {
  const { tenantId } = actor
  const given = givenInputs(workflow, request.inputs ?? request.trigger ?? {})
  if (!given.ok) return given
  const { inputs, sampled } = given.value
  const walked = await walkThrough(parts, client, tenantId, workflow, { ...request, inputs, sampled })
  const needs = await activationNeeds(parts, client, tenantId, workflow)
  const durations = await estimates(client, tenantId, workflow)
  const steps = previewSteps({ workflow, walk: walked, certainty: certaintyOf(workflow, walked), needs, durations })
  const approvals = await neededApprovals(client, actor, { workflow, walk: walked, needs })
  const { status, failure, output, isOutputAssumed } = walked.ways[0]
  return ok({
    workflow,
    contentHash: contentHash(workflow),
    inputs,
    sampled,
    needs,
    steps,
    approvals,
    usual: {
      status,
      failure,
      output,
      isOutputAssumed,
    },
    ways: walked.ways.length,
    isComplete: walked.isComplete,
    estimate: totalEstimate(workflow, walked.ways[0], durations),
  })
}

function walkThrough(
  given: RehearsingParts,
  client: Queryable,
  tenantId: string,
  workflow: Workflow,
  request: PreviewRequest & { readonly inputs: JsonObject; readonly sampled: readonly string[] },
): Promise<Walk> {
  const { inputs, sampled, trigger, answers = new Map() } = request
  return rehearsalPartsOf(given, client, tenantId).then(({ parts, tenant }) =>
    walk(parts, {
      workflow,
      inputs,
      answers,
      tenant,
      now: given.now(),
      budget: new Budget(),
      sampled: new Set(sampled),
      ...(trigger !== undefined && { trigger }),
    }),
  )
}

/** The inputs with samples for those that are required and not given. */
function givenInputs(
  workflow: Workflow,
  given: JsonObject,
): Result<{ readonly inputs: JsonObject; readonly sampled: readonly string[] }> {
  const needed = Object.entries(workflow.inputs ?? {}).filter(
    ([name, { default: usual, required }]) => usual === undefined && required !== false && !Object.hasOwn(given, name),
  )
  const samples = sampleInputs(Object.fromEntries(needed))
  const isManual = triggersOf(workflow).every((trigger) => 'manual' in trigger)
  const checked = checkInputs(workflow, { ...samples, ...given }, { allowUnknown: !isManual })
  return checked.ok ? ok({ inputs: checked.value, sampled: Object.keys(samples) }) : checked
}
