// Templates over HTTP in a tenant with a finance council, and votes as the product casts them.

import { councilRoutes } from '../../src/api/routes/councils.ts'
import { executionsRoutes } from '../../src/api/routes/executions.ts'
import { templateUseRoutes } from '../../src/api/routes/template-uses.ts'
import { templateRoutes } from '../../src/api/routes/templates.ts'
import { workflowRoutes } from '../../src/api/routes/workflows.ts'
import type { Principal } from '../../src/api/principal.ts'
import { createCouncil } from '../../src/governance/councils.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import type { Result } from '../../src/kernel/problem.ts'
import { asTenant } from '../../src/record/database.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { createTestTenant, type TestTenant } from '../setup/database.ts'

export type Name = keyof TestTenant['members']

export const greeting = (message = '{{ inputs.words }}', more = ''): string =>
  `name: greet\ninputs:\n  who: { type: string }\n  words: { type: string }\n  note: { type: string, default: none }\nsteps:\n` +
  `  - id: say\n    action: log\n    config: { message: "${message}" }\n${more}`

export const greetingTemplate = (name = 'greet', given: object = {}): object => ({
  name,
  title: 'Greet somebody',
  category: 'operations',
  tags: ['hello'],
  source: greeting(),
  default_inputs: { words: '{{ copy.hello }}' },
  required_fields: ['who'],
  optional_fields: ['note'],
  approved_copy_blocks: { hello: 'Hello {who}.' },
  ...given,
})

export async function openTemplateHouse(clock: () => number = Date.now) {
  const routes = [...templateRoutes, ...templateUseRoutes, ...councilRoutes, ...workflowRoutes, ...executionsRoutes]
  const api = await openTestApi(routes, { now: clock })
  const tenant = await createTestTenant(api.database, { governed: true })
  const people: Readonly<Record<Name, Principal>> = {
    ana: memberPrincipal(tenant, 'ana'),
    ben: memberPrincipal(tenant, 'ben'),
    cleo: memberPrincipal(tenant, 'cleo'),
    dora: memberPrincipal(tenant, 'dora'),
  }
  const { ana, cleo, dora } = tenant.members
  const council = { name: 'finance', title: 'Finance', domain: 'finance', threshold: 'majority' as const }
  await within(tenant, (client) =>
    createCouncil(
      { ...api.parts, ...api.parts.people.parts },
      client,
      { ...people.ana },
      { ...council, memberIds: [ana.id, cleo.id, dora.id] },
    ),
  )

  function within<T>({ id }: TestTenant, work: Parameters<typeof asTenant<T>>[2]): Promise<T> {
    return asTenant(api.database, id, work)
  }
  const send = async (
    who: Name | Principal,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    headers = {},
  ) => {
    const as = typeof who === 'string' ? people[who] : who
    const answer = await api.send(as, { method, url, headers, ...(payload !== undefined && { payload }) })
    return { status: answer.statusCode, headers: answer.headers, body: answer.body === '' ? null : answer.json() }
  }
  const vote = (who: Name, approvalId: string, choice: 'approve' | 'reject'): Promise<Result<unknown>> =>
    within(tenant, (client) =>
      decideApproval(api.parts, client, people[who], { approvalId, memberId: tenant.members[who].id, vote: choice }),
    )
  /** Asked by Ben; Ana and Cleo vote for it. */
  const preApprove = async (template: string): Promise<string> => {
    const asked = await send('ben', 'POST', `/templates/${template}/pre-approval`, { council: 'finance' })
    const id: string = asked.body.approval_id
    for (const who of ['ana', 'cleo'] as const) {
      const cast = await vote(who, id, 'approve')
      if (!cast.ok) throw new Error(JSON.stringify(cast.problems))
    }
    return id
  }
  const auditOf = async (): Promise<string[]> => {
    const { rows } = await api.database.engine.query<{ action: string }>(
      `select action from audit_entries where tenant_id = $1 order by seq`,
      [tenant.id],
    )
    return rows.map(({ action }) => action)
  }
  return { api, tenant, people, within, send, vote, preApprove, auditOf }
}
