// A house of drafts for tests: the routes, and a tenant with a media council.

import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { ApiParts } from '../../src/api/parts.ts'
import type { Principal } from '../../src/api/principal.ts'
import { approvalsRoutes } from '../../src/api/routes/approvals.ts'
import { councilRoutes } from '../../src/api/routes/councils.ts'
import { draftCommentRoutes } from '../../src/api/routes/draft-comments.ts'
import { draftMoveRoutes } from '../../src/api/routes/draft-moves.ts'
import { draftRoutes } from '../../src/api/routes/drafts.ts'
import { workflowRoutes } from '../../src/api/routes/workflows.ts'
import { insertCouncil } from '../../src/record/councils.ts'
import { asTenant } from '../../src/record/database.ts'
import { memberPrincipal, openTestApi, type TestApi } from '../api/api.test-kit.ts'
import { createTestTenant, newId, type TestTenant } from '../setup/database.ts'

const routes = [
  ...draftRoutes,
  ...draftMoveRoutes,
  ...draftCommentRoutes,
  ...approvalsRoutes,
  ...councilRoutes,
  ...workflowRoutes,
]

export const openDraftApi = (given: Partial<ApiParts> = {}): Promise<TestApi> => openTestApi(routes, given)

type Name = keyof TestTenant['members']

export interface DraftScene {
  readonly api: TestApi
  readonly tenant: TestTenant
  /** Ana is the owner; Ben builds, Cleo and Dora operate. Ben, Cleo and Dora are the media council. */
  readonly as: Readonly<Record<Name, Principal>> & { readonly agent: Principal }
  send(as: Principal, method: 'GET' | 'POST' | 'PATCH', url: string, given?: Given): Promise<LightMyRequestResponse>
  /** Makes a draft and answers with it. */
  make(as: Principal, body?: object): Promise<{ id: string; etag: string }>
}

type Given = Pick<InjectOptions, 'payload' | 'headers'>

export async function openScene(api: TestApi, given: { readonly governed?: boolean } = {}): Promise<DraftScene> {
  const tenant = await createTestTenant(api.database, given)
  const { ben, cleo, dora } = tenant.members
  const council = {
    name: 'media',
    title: 'Media',
    domain: 'media',
    threshold: 'majority',
    createdAt: new Date(),
  } as const
  const memberIds = [ben.id, cleo.id, dora.id]
  await asTenant(api.database, tenant.id, (client) =>
    insertCouncil(client, { ...council, tenantId: tenant.id, id: newId(), memberIds }),
  )
  const agent = { ...memberPrincipal(tenant), kind: 'agent', id: newId(), name: 'Scribe', role: 'agent' } as const
  const as = {
    ana: memberPrincipal(tenant, 'ana'),
    ben: memberPrincipal(tenant, 'ben'),
    cleo: memberPrincipal(tenant, 'cleo'),
    dora: memberPrincipal(tenant, 'dora'),
    agent,
  }
  const send: DraftScene['send'] = (who, method, url, body = {}) => api.send(who, { method, url, ...body })
  return {
    api,
    tenant,
    as,
    send,
    make: async (who, body = {}) => {
      const payload = { name: 'Autumn', source: campaign(), inputs: { budget: 100 }, ...body }
      const made = await send(who, 'POST', '/drafts', { payload })
      if (made.statusCode !== 201) throw new Error(made.body)
      return { id: made.json().id, etag: String(made.headers['etag']) }
    },
  }
}

/** A workflow of the media council. */
export const campaign = (name = 'autumn', message = 'Go', category = 'media'): string =>
  `name: ${name}\ntitle: Autumn\ncategory: ${category}\ninputs:\n  budget: { type: number }\nsteps:\n  - id: say\n    action: log\n    config: { message: "${message}" }\n`

/** One whose step leaves the company. */
export const mailing = (name = 'mailing', category = 'post'): string =>
  `name: ${name}\ncategory: ${category}\nsteps:\n  - id: send\n    action: http.request\n    config: { method: POST, url: "https://example.com/orders" }\n`

export async function auditOf({ api, tenant }: DraftScene): Promise<string[]> {
  const { rows } = await api.database.engine.query<{ action: string }>(
    `select action from audit_entries where tenant_id = $1 order by seq`,
    [tenant.id],
  )
  return rows.map(({ action }) => action)
}
