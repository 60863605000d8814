// Settings of the tenant.

import { z } from 'zod'
import { ok, type Result } from '../../kernel/problem.ts'
import { findSettings, updateSettings } from '../../governance/settings.ts'
import type { Tenant } from '../../record/tenants.ts'
import { checkIfMatch, etagOf } from '../edit.ts'
import { route } from '../route.ts'
import { etag, label } from '../shapes/person.ts'

const settingsShape = z
  .strictObject({ slug: z.string(), name: z.string() })
  .meta({ id: 'Settings', description: 'The tenant as its owners and admins set it up.' })

function settingsBody({ slug, name }: Tenant): z.input<typeof settingsShape> {
  return { slug, name }
}

const get = route({
  method: 'GET',
  path: '/settings',
  operation: 'getSettings',
  tag: 'Settings',
  summary: 'Get the settings of the tenant',
  access: 'settings:read',
  problems: [],
  answers: { 200: { description: 'The settings.', schema: settingsShape, headers: etag } },
  async handle({ db, principal }) {
    const found = await findSettings(db, principal)
    return found.ok ? ok(settingsReply(found.value)) : found
  },
})

const update = route({
  method: 'PATCH',
  path: '/settings',
  operation: 'updateSettings',
  tag: 'Settings',
  summary: 'Change the settings of the tenant',
  description: 'What is left out stays.',
  access: 'settings:write',
  problems: [],
  ifMatch: 'required',
  body: z.strictObject({ name: label(100).optional() }),
  bodyExample: { name: 'Northern Trading' },
  answers: { 200: { description: 'The settings as changed.', schema: settingsShape, headers: etag } },
  async handle({ parts, db, principal, body, request }) {
    const check = (tenant: Tenant): Result<undefined> => checkIfMatch(request.ifMatch, etagOf(settingsBody(tenant)))
    const changed = await updateSettings(parts.people.parts, db, principal, body, check)
    return changed.ok ? ok(settingsReply(changed.value)) : changed
  },
})

function settingsReply(tenant: Tenant) {
  const body = settingsBody(tenant)
  return { status: 200, body, headers: { etag: etagOf(body) } } as const
}

export const settingsRoutes = [get, update]
