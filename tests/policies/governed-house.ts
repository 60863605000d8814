// A governed tenant over HTTP: whoever asks, in short.

import type { LightMyRequestResponse } from 'fastify'
import { policyRoutes } from '../../src/api/routes/policies.ts'
import { workflowRoutes } from '../../src/api/routes/workflows.ts'
import { workflowVersionRoutes } from '../../src/api/routes/workflow-versions.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { withdrawApproval } from '../../src/governance/approval-moves.ts'
import { asTenant } from '../../src/record/database.ts'
import { insertMember, type Member } from '../../src/record/members.ts'
import { memberPrincipal, openTestApi, type TestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'

export type Name = keyof TestTenant['members']

export function openGovernedApi(): Promise<TestApi> {
  return openTestApi([...policyRoutes, ...workflowRoutes, ...workflowVersionRoutes])
}

export interface Governed extends TestTenant {
  /** Besides Ana, who owns the tenant. */
  readonly second: Member
}

/** A tenant with the default policy, in which Ana is the owner and Emil an admin. */
export async function governedTenant({ database }: TestApi): Promise<Governed> {
  const tenant = await createTestTenant(database, { governed: true })
  const second = await insertMember(database.engine, {
    ...{ tenantId: tenant.id, id: newId(), email: 'emil@acme.example', name: 'Emil' },
    ...{ role: 'admin', approverRoles: [], createdAt: new Date() },
  })
  return { ...tenant, second }
}

export const principal = (tenant: Governed, name: Name | 'second' = 'ana') => {
  if (name !== 'second') return memberPrincipal(tenant, name)
  const { id, role, name: called } = tenant.second
  return { ...memberPrincipal(tenant), id, role, name: called }
}

export async function readPolicies(api: TestApi, tenant: Governed): Promise<LightMyRequestResponse> {
  return api.send(principal(tenant), { url: '/policies' })
}

/** Changes the policies as they are now. */
export async function patch(
  api: TestApi,
  tenant: Governed,
  payload: object,
  name: Name | 'second' = 'ana',
): Promise<LightMyRequestResponse> {
  const { headers } = await readPolicies(api, tenant)
  const ifMatch = { 'if-match': String(headers['etag']) }
  return api.send(principal(tenant, name), { method: 'PATCH', url: '/policies', headers: ifMatch, payload })
}

export const vote = (api: TestApi, tenant: Governed, approvalId: string, as: Name | 'second', approves = true) =>
  asTenant(api.database, tenant.id, (client) => {
    const actor = principal(tenant, as)
    const given = { approvalId, memberId: actor.id ?? '', vote: approves ? 'approve' : 'reject' } as const
    return decideApproval(api.parts, client, actor, given)
  })

export const withdraw = (api: TestApi, tenant: Governed, approvalId: string, as: Name | 'second') =>
  asTenant(api.database, tenant.id, (client) =>
    withdrawApproval(api.parts, client, principal(tenant, as), { approvalId, reason: 'A mistake' }),
  )

export const critical = (name: string, given: object = {}) => ({
  name,
  steps: [{ id: 'post', action: 'http.request', config: { url: 'https://partner.example/orders' } }],
  ...given,
})

export const harmless = (name: string, given: object = {}) => ({
  name,
  steps: [{ id: 'say', action: 'log', config: { message: 'Hi' } }],
  ...given,
})

export async function create(api: TestApi, tenant: Governed, definition: object, name: Name | 'second' = 'ben') {
  const created = await api.send(principal(tenant, name), {
    method: 'POST',
    url: '/workflows',
    payload: { definition },
  })
  if (created.statusCode >= 300) throw new Error(created.body)
  return created.json()
}

export async function read(api: TestApi, tenant: Governed, name: string) {
  return (await api.send(principal(tenant), { url: `/workflows/${name}` })).json()
}

export async function replace(api: TestApi, tenant: Governed, definition: { name: string }) {
  const url = `/workflows/${definition.name}`
  const { headers } = await api.send(principal(tenant), { url })
  const ifMatch = { 'if-match': String(headers['etag']) }
  return (
    await api.send(principal(tenant, 'ben'), { method: 'PUT', url, headers: ifMatch, payload: { definition } })
  ).json()
}

export async function actionsOf(api: TestApi, tenant: Governed): Promise<string[]> {
  const { rows } = await api.database.engine.query<{ action: string }>(
    'select action from audit_entries where tenant_id = $1 order by seq',
    [tenant.id],
  )
  return rows.map(({ action }) => action)
}
