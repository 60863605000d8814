// Packs: sets of actions that a tenant switches on or off.

import { z } from 'zod'
import { ok } from '../../kernel/problem.ts'
import { listPacks, switchPack } from '../../governance/packs.ts'
import { pageFacts, pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { packBody, packShape } from '../shapes/action.ts'

const list = route({
  method: 'GET',
  path: '/packs',
  operation: 'listPacks',
  tag: 'Actions',
  summary: 'List packs',
  description: 'All packs of the installation, and which of them the tenant has enabled.',
  access: 'actions:read',
  problems: [],
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of packs.', schema: pageOf(packShape) } },
  async handle({ parts, db, principal, query }) {
    const { limit, offset } = query
    const packs = await listPacks(parts, db, principal.tenantId)
    const items = packs.slice(offset, offset + limit).map(packBody)
    return ok({ status: 200, body: { items, ...pageFacts(packs.length, query) } } as const)
  },
})

const change = route({
  method: 'PUT',
  path: '/packs/{name}',
  operation: 'switchPack',
  tag: 'Actions',
  summary: 'Enable or disable a pack',
  description: 'A pack whose actions an active workflow uses cannot be disabled, nor can the core pack.',
  access: 'packs:write',
  problems: ['not_found', 'conflict'],
  params: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_-]*$/)
      .max(100)
      .meta({ description: 'The name of the pack.', examples: ['core'] }),
  }),
  body: z.strictObject({ enabled: z.boolean() }),
  bodyExample: { enabled: true },
  answers: { 200: { description: 'The pack.', schema: packShape } },
  async handle({ parts, db, principal, params: { name }, body: { enabled } }) {
    const switched = await switchPack(parts, db, principal, { name, enabled })
    return switched.ok ? ok({ status: 200, body: packBody(switched.value) } as const) : switched
  },
})

export const packRoutes = [list, change]
