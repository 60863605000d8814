// Templates as the API shows them.

import { z } from 'zod'
import { asJsonObject } from '../../packs/payload.ts'
import type { TemplateFlag } from '../../record/template-uses.ts'
import type { Template } from '../../record/templates.ts'
import { etagOf } from '../edit.ts'
import { jsonObject } from './execution.ts'
import { createdBy, id, label, maybeTime, time } from './person.ts'

export const templateName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be the name of a template, such as "purchase-order-sign-off"')
  .max(80)
  .meta({ description: 'The name of the template.', examples: ['purchase-order-sign-off'] })

export const templateParams = z.strictObject({ name: templateName })

const fieldName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be the name of an input, such as "vendor"')
const fieldNames = z.array(fieldName).max(200)
const description = z.string().max(4000)
export const category = label(60)
export const tag = z
  .string()
  .regex(/^[a-z0-9]+([_-][a-z0-9]+)*$/, 'must be a tag such as "spring-2027"')
  .max(40)
const tags = z.array(tag).max(20)

export const aboutFields = { title: label(200), description, category, tags }

const contentFields = {
  source: z.string().min(1).max(600_000).meta({ description: 'The definition of its workflow, as YAML.' }),
  default_inputs: jsonObject.meta({
    description: 'Values that a use starts from. A text may hold `{{ copy.name }}`. What no list names is fixed.',
  }),
  required_fields: fieldNames.meta({ description: 'Inputs that must have a value.' }),
  optional_fields: fieldNames.meta({ description: 'Inputs that may be given besides.' }),
  approved_copy_blocks: z
    .record(fieldName, z.string().min(1).max(10_000))
    .refine((blocks) => Object.keys(blocks).length <= 50, 'must be 50 texts at most')
    .meta({ description: 'Plain texts by name; `{customer}` stands for the input `customer`.' }),
}

export const newTemplate = z.strictObject({
  name: templateName,
  title: aboutFields.title,
  description: description.default(''),
  category,
  tags: tags.default([]),
  source: contentFields.source,
  default_inputs: contentFields.default_inputs.default({}),
  required_fields: fieldNames.default([]),
  optional_fields: fieldNames.default([]),
  approved_copy_blocks: contentFields.approved_copy_blocks.default({}),
})

export const templateEdit = z.strictObject({ ...aboutFields, ...contentFields }).partial()

/** What an edit and a new template have in common, as governance calls it. */
export function givenFields(body: z.output<typeof templateEdit>) {
  const { default_inputs: inputs, required_fields: requiredFields, optional_fields: optionalFields, ...rest } = body
  const { approved_copy_blocks: copyBlocks, ...about } = rest
  const defaultInputs = inputs === undefined ? undefined : asJsonObject(inputs)
  return { ...about, defaultInputs, requiredFields, optionalFields, copyBlocks }
}

const summaryFields = {
  id,
  name: templateName,
  ...aboutFields,
  required_fields: fieldNames,
  optional_fields: fieldNames,
  is_pre_approved: z.boolean().meta({ description: 'It runs at once, with no review.' }),
  approved_by_council_id: id.nullable(),
  approved_by_council: z.string().nullable().meta({ description: 'The name of that council.' }),
  usage_count: z.number().int().min(0).meta({ description: 'Instant runs and drafts that were made from it.' }),
  last_used_at: maybeTime,
  created_by: createdBy,
  created_at: time,
  updated_at: time.meta({ description: 'When it was edited last.' }),
}

export const templateSummary = z
  .strictObject(summaryFields)
  .meta({ id: 'TemplateSummary', description: 'A template without its workflow.' })

const flagShape = z
  .strictObject({
    watched: z
      .enum(['template', 'member'])
      .meta({ description: 'Whose runs are unusual: all of it, or of one member.' }),
    used_by: createdBy.nullable(),
    runs: z.number().int().meta({ description: 'Within an hour.' }),
    usual_per_hour: z.number().meta({ description: 'The mean of the 28 days before.' }),
    created_at: time,
  })
  .meta({ id: 'TemplateFlag', description: 'An unusual rate of instant runs, which was told to the council.' })

export const templateDetail = z
  .strictObject({
    ...summaryFields,
    ...contentFields,
    approval_id: id.nullable().meta({ description: 'The approval that made it pre-approved.' }),
    origin_execution_id: id.nullable().meta({ description: 'The execution that it was made from.' }),
    updated_by: createdBy,
    revision: z.number().int().min(1),
    flags: z.array(flagShape).meta({ description: 'The last ten.' }),
  })
  .meta({ id: 'Template', description: 'A blueprint of a workflow, with what it is used with.' })

export function summaryBody(template: Template): z.input<typeof templateSummary> {
  return {
    id: template.id,
    name: template.name,
    title: template.title,
    description: template.description,
    category: template.category,
    tags: [...template.tags],
    required_fields: [...template.requiredFields],
    optional_fields: [...template.optionalFields],
    is_pre_approved: template.isPreApproved,
    approved_by_council_id: template.approvedByCouncilId,
    approved_by_council: template.approvedByCouncil,
    usage_count: template.usageCount,
    last_used_at: template.lastUsedAt?.toISOString() ?? null,
    created_by: template.createdBy,
    created_at: template.createdAt.toISOString(),
    updated_at: template.updatedAt.toISOString(),
  }
}

export function detailBody(template: Template, flags: readonly TemplateFlag[]): z.input<typeof templateDetail> {
  return {
    ...summaryBody(template),
    source: template.source,
    default_inputs: { ...template.defaultInputs },
    approved_copy_blocks: { ...template.copyBlocks },
    approval_id: template.approvalId,
    origin_execution_id: template.originExecutionId,
    updated_by: template.updatedBy,
    revision: template.revision,
    flags: flags.map(({ watched, usedBy, runs, usualPerHour, createdAt }) => ({
      watched,
      used_by: usedBy,
      runs,
      usual_per_hour: usualPerHour,
      created_at: createdAt.toISOString(),
    })),
  }
}

/** What an edit must not overwrite. */
export const templateEtag = ({ id: templateId, revision }: Pick<Template, 'id' | 'revision'>): string =>
  etagOf([templateId, revision])
