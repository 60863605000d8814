// Executions that have ended, with journals, an approval with a vote and a form, written without a worker.

import type { Database } from '../../src/record/database.ts'
import { startExecutions } from '../../src/record/executions.ts'
import { newId, type TestTenant } from './database.ts'
import { newExecution, now } from './executions.ts'

export interface Ended {
  readonly id: string
  readonly approvalId: string
  readonly formId: string
}

type Version = { readonly workflowId: string; readonly versionId: string }

/** Each has five rows of journal: it waited for an approval and a form, and completed. */
export async function endMany(
  { engine }: Database,
  tenant: TestTenant,
  { workflowId, versionId }: Version,
  count: number,
): Promise<Ended[]> {
  const made = Array.from({ length: count }, () => ({ id: newId(), approvalId: newId(), formId: newId() }))
  const executions = made.map(({ id }) => newExecution(tenant.id, { id, workflowId, versionId, inputs: { total: 3 } }))
  await startExecutions(engine, executions)
  const values = [
    tenant.id,
    made.map(({ id }) => id),
    made.map((each) => each.approvalId),
    made.map((each) => each.formId),
    now,
  ]
  const source = `unnest($2::uuid[], $3::uuid[], $4::uuid[]) as m (id, approval, form)`
  const bound = `(select $1::uuid as tenant, $5::timestamptz as at) b`
  await engine.query(
    `insert into approvals (tenant_id, id, execution_id, step, status, summary, approvers, quorum, created_at, decided_at)
      select b.tenant, m.approval, m.id, 'sign', 'approved', 'Pay', '{"role":"finance_manager"}', '1', b.at, b.at from ${source}, ${bound}`,
    values,
  )
  await engine.query(
    `insert into approval_votes (tenant_id, approval_id, member_id, vote, reason, channel, created_at)
      select b.tenant, m.approval, $6, 'approve', 'fine', 'api', b.at from ${source}, ${bound}`,
    [...values, tenant.members.ana.id],
  )
  await engine.query(
    `insert into forms (tenant_id, id, execution_id, step, status, request, created_at, closed_at)
      select b.tenant, m.form, m.id, 'ask', 'submitted', '{"title":"Ask"}', b.at, b.at from ${source}, ${bound}`,
    values,
  )
  await engine.query(
    `with gone as (delete from live_executions l using ${source} where l.tenant_id = $1 and l.id = m.id returning l.id)
      insert into execution_ends (tenant_id, id, started_at, ended_at, status, output)
      select b.tenant, g.id, b.at, b.at, 'completed', '{"sum":3}' from gone g, ${bound}`,
    values,
  )
  await engine.query(
    `insert into journal (tenant_id, execution_id, at, seq, type, step, data)
      select b.tenant, m.id, b.at, r.seq, r.type::journal_event, r.step, case r.seq
        when 1 then jsonb_build_object('wait', jsonb_build_object('on', 'approval', 'ref', m.approval))
        when 2 then '{"output":{"by":"ana"}}'
        when 3 then jsonb_build_object('wait', jsonb_build_object('on', 'form', 'ref', m.form))
        when 4 then '{"output":1}' else '{"status":"completed","output":{"sum":3}}' end
      from ${source}, ${bound}, (values (1, 'step.waiting', 'sign'), (2, 'step.completed', 'sign'), (3, 'step.waiting', 'ask'),
        (4, 'step.completed', 'ask'), (5, 'execution.ended', null)) r (seq, type, step)`,
    values,
  )
  return made
}
