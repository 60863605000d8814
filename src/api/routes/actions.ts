// Actions as the tenant sees them, and the schema of definitions made of them.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { workflowJsonSchema } from '../../kernel/definition/workflow-json-schema.ts'
import { actionsOf } from '../../governance/definition-check.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { type CallContext, route } from '../route.ts'
import { type ActionBody, actionBody, actionShape, impactRule } from '../shapes/action.ts'

const list = route({
  method: 'GET',
  path: '/actions',
  operation: 'listActions',
  tag: 'Actions',
  summary: 'List actions',
  description:
    'Those of the packs that the tenant has enabled, by name, each with the JSON Schemas of its config and output.',
  access: 'actions:read',
  problems: [],
  query: z.strictObject({
    pack: z.string().max(100).optional().meta({ description: 'Those of this pack.' }),
    impact: impactRule.optional().meta({ description: 'Those of this impact class.' }),
    search: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Part of the name, the title or the description.' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of actions.', schema: pageOf(actionShape) } },
  async handle(call) {
    const { pack, impact, search, limit, offset } = call.query
    const wanted = search?.toLowerCase()
    const found = (await visibleActions(call)).filter(
      (action) =>
        (pack === undefined || action.pack === pack) &&
        (impact === undefined || action.impact === impact) &&
        (wanted === undefined ||
          `${action.name}\n${action.title}\n${action.description}`.toLowerCase().includes(wanted)),
    )
    const items = found.slice(offset, offset + limit)
    return ok({ status: 200, body: { items, ...pageFacts(found.length, call.query) } } as const)
  },
})

const get = route({
  method: 'GET',
  path: '/actions/{name}',
  operation: 'getAction',
  tag: 'Actions',
  summary: 'Get an action',
  access: 'actions:read',
  problems: ['not_found'],
  params: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/)
      .max(200)
      .meta({ description: 'The name of the action.', examples: ['http.request'] }),
  }),
  answers: { 200: { description: 'The action.', schema: actionShape } },
  async handle(call) {
    const { name } = call.params
    const found = (await visibleActions(call)).find((action) => action.name === name)
    if (found !== undefined) return ok({ status: 200, body: found } as const)
    const hint = 'A pack that is not enabled may bring it.'
    return failed({ code: 'not_found', message: `There is no action "${name}".`, hint })
  },
})

const schema = route({
  method: 'GET',
  path: '/workflow-schema',
  operation: 'getWorkflowSchema',
  tag: 'Actions',
  summary: 'Get the JSON Schema of definitions',
  description:
    'JSON Schema 2020-12 of a workflow definition, with the actions that the tenant sees: for editors and AI providers.',
  access: 'actions:read',
  problems: [],
  answers: {
    200: {
      description: 'The schema.',
      schema: z.record(z.string(), z.unknown()),
      example: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', required: ['name', 'steps'] },
    },
  },
  async handle({ parts, db, principal }) {
    return ok({ status: 200, body: workflowJsonSchema(await actionsOf(parts, db, principal.tenantId)) } as const)
  },
})

export const actionRoutes = [list, get, schema]

/** By name. */
async function visibleActions({ parts, db, principal }: CallContext): Promise<readonly ActionBody[]> {
  const visible = await actionsOf(parts, db, principal.tenantId)
  const packs = parts.registry
    .packs()
    .flatMap(({ name, actions }) => actions.map((action) => [action.name, name] as const))
  const packOf = new Map(packs)
  const bodies = [...visible.values()].map((action) => actionBody(action, packOf.get(action.name) ?? ''))
  return bodies.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
