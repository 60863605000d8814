// Workflows as the API shows them.

import { z } from 'zod'
import { type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import type { Json } from '../../kernel/json.ts'
import { type Activation, type ActivationState, activationStates } from '../../governance/activation-state.ts'
import type { ImpactClass } from '../../governance/workflow-impact.ts'
import type { ListedWorkflow, WorkflowDetail } from '../../record/workflow-lists.ts'
import { etagOf } from '../edit.ts'
import { type TriggerBody, triggerKind, triggerShape } from './trigger.ts'

export const workflowName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be the name of a workflow, such as "purchase-order-approval"')
  .max(100)
  .meta({ description: 'The name of the workflow.', examples: ['purchase-order-approval'] })

export const workflowParams = z.strictObject({ name: workflowName })

export const workflowStatus = z
  .enum(['active', 'inactive'])
  .meta({ description: '`inactive`: nothing starts it, and its triggers do not fire.' })

/** A time as every answer writes it. */
export const moment = z.string().meta({ format: 'date-time' })

export const version = z.number().int().min(1)

const summaryFields = {
  id: z.string().meta({ format: 'uuid' }),
  name: workflowName,
  title: z.string().nullable(),
  description: z.string().nullable(),
  category: z.string().nullable(),
  status: workflowStatus,
  version: version.meta({ description: 'The current version, from 1.' }),
  content_hash: z.string().meta({ description: 'SHA-256 of the definition: what an approval signs.' }),
  trigger_kinds: z.array(triggerKind),
  created_at: moment,
  updated_at: moment.meta({ description: 'When the current version was saved.' }),
  updated_by: z.string().meta({ description: 'Who saved it: `member:<id>`, `agent:<id>`, `operator` or `system`.' }),
}

export const workflowSummary = z
  .strictObject(summaryFields)
  .meta({ id: 'WorkflowSummary', description: 'A workflow without its definition.' })

export type SummaryBody = z.input<typeof workflowSummary>

const impactLevel = z.enum(['A', 'B', 'C']).meta({
  description:
    'A safe: internal. B soft: logged. C critical: money, data, infrastructure, or anything that leaves the company.',
})

export const impactShape = z
  .strictObject({
    class: impactLevel,
    reasons: z.array(z.strictObject({ step: z.string(), class: impactLevel, reason: z.string() })),
  })
  .meta({ id: 'Impact', description: 'How much harm a workflow could do, and why, step by step.' })

const activationShape = z
  .strictObject({
    state: z.enum(activationStates).meta({
      description:
        '`not_needed`: the policy asks nobody. `pending`: it waits for `approval_ids`. `granted`: it is countersigned. ' +
        '`needed`: nobody has been asked, or not everybody who must be. `void`: what was asked for or countersigned is not ' +
        'what is there now.',
    }),
    acts: z.array(z.string()).meta({
      description: 'What has to be countersigned: `activate_workflow`, `enable_schedule`, `send_emails`.',
    }),
    approval_id: z.string().nullable().meta({ format: 'uuid', description: 'The first of `approval_ids`.' }),
    approval_ids: z
      .array(z.string().meta({ format: 'uuid' }))
      .meta({ description: 'The approvals that wait: one for all acts that the same people decide on.' }),
    approval_problem: z.string().nullable().meta({ description: 'Why nobody could be asked.' }),
    difference: z.string().nullable().meta({ description: 'What has changed since, where it is void.' }),
  })
  .meta({ id: 'Activation', description: 'Where a workflow stands on its way to being active.' })

export const workflowDetail = z
  .strictObject({
    ...summaryFields,
    source: z.string().meta({ description: 'The YAML that the current version was saved from.' }),
    definition: workflowSchema,
    triggers: z.array(triggerShape),
    impact: impactShape,
    activation: activationShape,
  })
  .meta({ id: 'WorkflowDetail', description: 'A workflow with its current definition.' })

export type DetailBody = z.input<typeof workflowDetail>

export const problemShape = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    pointer: z.string().optional().meta({ description: 'JSON Pointer (RFC 6901) into the definition.' }),
    line: z.number().int().optional(),
    column: z.number().int().optional(),
  })
  .meta({ id: 'ProblemDetail', description: 'One thing that is wrong.' })

export const definitionCheck = z
  .strictObject({
    valid: z.boolean(),
    problems: z.array(problemShape).meta({ description: 'All of them, in the order of the source.' }),
    name: z.string().nullable().meta({ description: 'Null where the definition is not valid, like what follows.' }),
    content_hash: z.string().nullable(),
    impact: impactShape.nullable(),
    definition: workflowSchema.nullable(),
  })
  .meta({ id: 'DefinitionCheck' })

export const savedWorkflow = z
  .strictObject({
    id: z.string().meta({ format: 'uuid' }),
    name: workflowName,
    status: workflowStatus,
    version,
    version_id: z.string().meta({ format: 'uuid' }),
    content_hash: z.string(),
    is_new: z.boolean().meta({ description: 'False where the current version has the same content.' }),
    webhooks: z
      .array(
        z.strictObject({
          position: z.number().int().meta({ description: "Its place among the definition's triggers, from 0." }),
          url: z
            .string()
            .meta({ format: 'uri', description: 'The address to post to. Whoever knows it can start executions.' }),
        }),
      )
      .meta({ description: 'The addresses of new webhooks. They are shown now and never again.' }),
    impact: impactShape,
    activation: activationShape,
  })
  .meta({ id: 'SavedWorkflow' })

export type SavedBody = z.input<typeof savedWorkflow>

const definitionFields = {
  source: z
    .string()
    .max(600_000)
    .optional()
    .meta({ description: 'The definition as YAML. Problems then have lines and columns.' }),
  definition: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'The definition as JSON; its schema is at `/workflow-schema`.' }),
}

const onlyOne = {
  holds: ({ source, definition }: { source?: unknown; definition?: unknown }) =>
    (source === undefined) !== (definition === undefined),
  message: 'must hold either "source" or "definition"',
}
/** A body of YAML arrives as text. */
const fromText = (given: unknown): unknown => (typeof given === 'string' ? { source: given } : given)

/** A definition, as YAML or JSON. */
export const definitionBody = z.preprocess(
  fromText,
  z.strictObject(definitionFields).refine(onlyOne.holds, onlyOne.message),
)

export const newWorkflowBody = z.preprocess(
  fromText,
  z
    .strictObject({
      ...definitionFields,
      status: workflowStatus
        .default('active')
        .meta({ description: 'Of a workflow that is new; one that exists keeps its own.' }),
    })
    .refine(onlyOne.holds, onlyOne.message),
)

export const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml'] as const

export const definitionExample = {
  source:
    'name: say-hello\ninputs:\n  who: { type: string }\nsteps:\n  - id: greet\n    action: log\n    config: { message: "Hello {{ inputs.who }}" }\n',
}

export function summaryBody(row: ListedWorkflow): SummaryBody {
  const { id, name, title, description, category, status, version: number, contentHash } = row
  return {
    id,
    name,
    title,
    description,
    category,
    status,
    version: number,
    content_hash: contentHash,
    trigger_kinds: [...row.triggers],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    updated_by: row.updatedBy,
  }
}

export function detailBody(
  row: WorkflowDetail,
  definition: Workflow,
  rest: { readonly triggers: readonly TriggerBody[] } & Activation,
): DetailBody {
  return {
    ...summaryBody(row),
    source: row.source,
    definition,
    triggers: [...rest.triggers],
    impact: impactBody(rest.impact),
    activation: activationBody(rest.activation),
  }
}

export function activationBody(activation: ActivationState): z.input<typeof activationShape> {
  const { state, acts, approvalIds, problem, difference } = activation
  return {
    state,
    acts: [...acts],
    approval_id: approvalIds[0] ?? null,
    approval_ids: [...approvalIds],
    approval_problem: problem,
    difference,
  }
}

export function impactBody({ impact, reasons }: ImpactClass): z.input<typeof impactShape> {
  return { class: impact, reasons: reasons.map(({ step, impact: level, reason }) => ({ step, class: level, reason })) }
}

export const definitionOf = (definition: Json): Workflow => workflowSchema.parse(definition)

/** What an edit must not overwrite: the content of the current version, and whether it is switched on. */
export function workflowEtag({ contentHash, status }: { contentHash: string; status: string }): string {
  return etagOf([contentHash, status])
}
