// Previews as the API shows them.

import { z } from 'zod'
import type { Preview } from '../../governance/preview.ts'
import type { NeededApproval } from '../../governance/preview-approvals.ts'
import type { Estimate, Spread } from '../../governance/preview-durations.ts'
import type { PreviewedEffect, PreviewedStep } from '../../governance/preview-steps.ts'
import { asJsonObject } from '../../packs/payload.ts'
import { audienceBody, audienceShape, personShape } from './approval.ts'
import { anyValue, jsonObject } from './execution.ts'
import { impactBody, impactShape } from './workflow.ts'

const spread = z
  .strictObject({ median_ms: z.number().int(), p95_ms: z.number().int() })
  .nullable()
  .meta({ description: 'Null where nothing like it has run yet.' })

const estimateShape = z
  .strictObject({
    working: spread,
    waiting: spread,
    runs: z.number().int().meta({ description: 'Past runs that it stands on.' }),
    basis: z.enum(['step', 'action']).nullable().meta({
      description: '`step`: past runs of this step; `action`: of any step with its action. Null: no history.',
    }),
  })
  .meta({ id: 'DurationEstimate', description: 'What past executions took. Waiting is apart from work.' })

const effectShape = z
  .strictObject({
    kind: z.enum(['http', 'email', 'webhook', 'notification', 'execution', 'action']),
    to: z.array(z.string()),
    content: jsonObject.meta({ description: 'What it would carry. Secrets are handles: `{{ secrets.NAME }}`.' }),
    item: z.number().int().nullable().meta({ description: 'Position in a `for_each`.' }),
    compensates: z.boolean().meta({ description: 'It would undo the step.' }),
    via: z
      .array(z.string())
      .meta({ description: 'The child workflows and step it comes from; empty for the step itself.' }),
  })
  .meta({ id: 'PreviewEffect', description: 'What a step would do outside of its execution.' })

const requirementShape = z.strictObject({
  step: z.string(),
  about: z.enum(['answer', 'condition', 'outcome']).meta({
    description: '`answer`: people or events decide. `condition`, `outcome`: a real run decides.',
  }),
  options: z.array(z.string()).meta({ description: 'One of these.' }),
  needs: z.array(z.string()).meta({ description: 'Steps, or `inputs.<name>`, whose real values would tell.' }),
})

const stepShape = z
  .strictObject({
    id: z.string(),
    title: z.string().nullable(),
    action: z.string(),
    class: z.enum(['A', 'B', 'C']),
    reason: z.string(),
    runs: z.enum(['certain', 'depends', 'skipped', 'never']).meta({
      description: 'Whether it would run. `skipped`: its condition is false. `never`: no way leads to it.',
    }),
    when: z.array(requirementShape).meta({
      description: 'What it depends on, all of it. Empty where several ways lead to it, or not all could be walked.',
    }),
    condition: z.string().nullable(),
    config: anyValue.meta({
      description: 'Resolved; parts that are not known stand as written. Null where it never runs.',
    }),
    unknown: z.array(z.strictObject({ pointer: z.string(), expression: z.string(), needs: z.array(z.string()) })).meta({
      description: 'Parts of the config that only a real run can give.',
    }),
    items: z.number().int().meta({ description: 'How often it runs: more than once for a `for_each`.' }),
    outcome: z.string().nullable(),
    output: anyValue,
    output_is_assumed: z.boolean().meta({ description: 'It is a sample, or computed from one.' }),
    failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    leaves: z.array(effectShape).meta({ description: 'What would leave the company. The first 20.' }),
    internal: z.array(effectShape).meta({ description: 'What would happen inside it. The first 20.' }),
    effects: z.number().int().meta({ description: 'How many effects there are in all.' }),
    waits: z.array(z.strictObject({ on: z.string(), most_ms: z.number().nullable() })),
    duration: estimateShape,
  })
  .meta({ id: 'PreviewStep' })

const approvalShape = z
  .strictObject({
    kind: z.enum(['step', 'activation', 'run']),
    step: z.string().nullable(),
    acts: z.array(z.string()),
    approvers: audienceShape.nullable().meta({ description: 'Null where only a run tells.' }),
    quorum: z.union([z.number().int(), z.enum(['majority', 'unanimous'])]).nullable(),
    who: z.array(personShape).meta({ description: 'Who could vote, were you the one who asks.' }),
    votes_needed: z.number().int().nullable(),
    can_be_met: z.boolean().nullable(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'PreviewApproval', description: 'An approval that would be needed.' })

export const previewShape = z
  .strictObject({
    name: z.string(),
    content_hash: z.string(),
    inputs: jsonObject,
    sampled_inputs: z.array(z.string()).meta({ description: 'Inputs that were not given: samples stand for them.' }),
    status: z.enum(['completed', 'failed', 'cancelled', 'waiting', 'cut_off']).meta({
      description: 'How it usually ends: everybody approves, and what reaches outside succeeds.',
    }),
    failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    output: anyValue,
    output_is_assumed: z.boolean(),
    impact: impactShape,
    steps: z.array(stepShape),
    approvals: z.array(approvalShape),
    duration: estimateShape,
    totals: z.strictObject({
      steps: z.number().int(),
      certain: z.number().int(),
      depends: z.number().int(),
      skipped: z.number().int(),
      never: z.number().int(),
      leaving: z.number().int().meta({ description: 'Steps from which something would leave the company.' }),
      approvals: z.number().int(),
      unmet: z.number().int().meta({ description: 'Approvals that nobody could give as things are.' }),
      ways: z.number().int().meta({ description: 'Ways through the workflow that were walked.' }),
      is_complete: z.boolean().meta({ description: 'Whether those were all the ways there are.' }),
    }),
  })
  .meta({ id: 'Preview', description: 'What a workflow would do. Nothing of it was done.' })

type PreviewBody = z.input<typeof previewShape>
type StepBody = z.input<typeof stepShape>

export function previewBody(preview: Preview): PreviewBody {
  const { workflow, usual, steps, approvals, needs } = preview
  const { status, failure, output, isOutputAssumed } = usual
  const shown = steps.map(stepBody)
  const count = (runs: StepBody['runs']): number => shown.filter((step) => step.runs === runs).length
  return {
    name: workflow.name,
    content_hash: preview.contentHash,
    inputs: preview.inputs,
    sampled_inputs: [...preview.sampled],
    status,
    output,
    output_is_assumed: isOutputAssumed,
    failure: failureBody(failure ?? null),
    impact: impactBody(needs.impact),
    steps: shown,
    approvals: approvals.map(approvalBody),
    duration: estimateBody(preview.estimate),
    totals: {
      steps: steps.length,
      certain: count('certain'),
      depends: count('depends'),
      skipped: count('skipped'),
      never: count('never'),
      leaving: shown.filter(({ leaves }) => leaves.length > 0).length,
      approvals: approvals.length,
      unmet: approvals.filter(({ canBeMet }) => canBeMet === false).length,
      ways: preview.ways,
      is_complete: preview.isComplete,
    },
  }
}

function stepBody(step: PreviewedStep): StepBody {
  const { id, title, action, reason, condition, config, outcome, output, effects, certainty } = step
  return {
    id,
    title,
    action,
    class: step.impact,
    reason,
    condition,
    config,
    outcome,
    output,
    runs: certainty.runs,
    when: certainty.when.map(({ step: of, about, options, needs }) => ({
      step: of,
      about,
      options: [...options],
      needs: [...needs],
    })),
    unknown: step.unknown.map(({ pointer, expression, needs }) => ({
      pointer,
      expression,
      needs: [...needs],
    })),
    items: step.runs,
    output_is_assumed: step.isAssumed,
    failure: failureBody(step.failure),
    leaves: effects.filter(({ leaves }) => leaves).map(effectBody),
    internal: effects.filter(({ leaves }) => !leaves).map(effectBody),
    effects: step.effectCount,
    waits: step.waits.map(({ on, mostMs }) => ({
      on,
      most_ms: mostMs,
    })),
    duration: estimateBody(step.estimate),
  }
}

function failureBody(failure: { code: string; message: string } | null): StepBody['failure'] {
  return failure === null ? null : { code: failure.code, message: failure.message }
}

function effectBody({ kind, to, content, item, compensates, via }: PreviewedEffect): z.input<typeof effectShape> {
  return { kind, to: [...to], content: asJsonObject(content), item: item ?? null, compensates, via: [...via] }
}

function estimateBody({ working, waiting, runs, basis }: Estimate): z.input<typeof estimateShape> {
  return { working: spreadBody(working), waiting: spreadBody(waiting), runs, basis }
}

const spreadBody = (given: Spread | null): z.input<typeof spread> =>
  given === null ? null : { median_ms: given.median, p95_ms: given.p95 }

function approvalBody(approval: NeededApproval): z.input<typeof approvalShape> {
  const { kind, step, acts, approvers, quorum, who, votesNeeded, canBeMet, problem } = approval
  return {
    kind,
    step,
    acts: [...acts],
    quorum,
    problem,
    approvers: approvers === null ? null : audienceBody(approvers),
    who: who.map(({ id, name, email }) => ({
      id,
      name,
      email,
    })),
    votes_needed: votesNeeded,
    can_be_met: canBeMet,
  }
}
