// Whether what was decided on fits the decision: a version, a draft, a template, a change of the policy, an execution.

import type { Kind, Scene } from './subjects.ts'

/** Each statement selects sentences about what must not be. `$1` is the tenant, `$2` the approval, `$3` the name of what it is about. */
const statements: Record<Kind, readonly string[]> = {
  activation: [
    // Each approval of the workflow, also those that were asked for meanwhile.
    `select format('approval %s is %s and gave %s grants', a.id, a.status, g.count) from approvals a
      join workflow_versions v on v.tenant_id = $1 and v.id = a.subject_id join workflows w on w.tenant_id = $1 and w.id = v.workflow_id
      cross join lateral (select count(*)::integer, count(*) filter (where g.version_id = a.subject_id)::integer as own
        from grants g where g.tenant_id = $1 and g.approval_id = a.id) g
      where a.tenant_id = $1 and a.kind = 'activation' and w.name = $3 and ($2::uuid is not null)
        and case when a.status = 'approved' then g.own <> 1 else g.count <> 0 end`,
    `select format('a grant of approval %s is for another content', a.id) from grants g
      join approvals a on a.tenant_id = $1 and a.id = g.approval_id
      where g.tenant_id = $1 and a.kind = 'activation' and g.content_hash <> a.content_hash and $2::uuid is not null and $3::text is not null`,
    // The last word on a workflow is the audit's: nobody switched it on without a grant, nor off after the approval.
    `select format('workflow is active in version %s, which nobody has countersigned', w.current_version) from workflows w
      join workflow_versions v on v.tenant_id = $1 and v.workflow_id = w.id and v.version = w.current_version
      where w.tenant_id = $1 and w.name = $3 and w.status = 'active' and $2::uuid is not null and not exists (
        select from grants g where g.tenant_id = $1 and g.version_id = v.id and 'activate_workflow' = any (g.acts))`,
    `select format('workflow is %s after approval %s', w.status, a.id) from approvals a
      join workflow_versions v on v.tenant_id = $1 and v.id = a.subject_id
      join workflows w on w.tenant_id = $1 and w.id = v.workflow_id and w.current_version = v.version
      where a.tenant_id = $1 and a.id = $2 and a.status = 'approved' and w.name = $3 and w.status <> 'active' and not exists (
        select from audit_entries e where e.tenant_id = $1 and e.object_type = 'workflow' and e.object_id = w.id::text and e.seq > (
          select seq from audit_entries x where x.tenant_id = $1 and x.object_id = a.id::text and x.action = 'approval.approved'))`,
    `select format('approval %s waits for version %s, which is not the current one', a.id, v.version) from approvals a
      join workflow_versions v on v.tenant_id = $1 and v.id = a.subject_id join workflows w on w.tenant_id = $1 and w.id = v.workflow_id
      where a.tenant_id = $1 and a.status = 'pending' and w.name = $3 and $2::uuid is not null
        and (w.current_version <> v.version or w.status = 'deleted')`,
  ],
  draft: [
    `select format('draft is %s, its approval %s', d.status, a.status) from drafts d
      join approvals a on a.tenant_id = $1 and a.id = d.approval_id
      where d.tenant_id = $1 and $3::text is not null and d.id = (select subject_id from approvals where tenant_id = $1 and id = $2)
        and not case d.status when 'pending_review' then a.status = 'pending' when 'approved' then a.status = 'approved'
          when 'converted' then a.status = 'approved' when 'rejected' then a.status in ('rejected', 'expired')
          when 'editing' then a.status in ('withdrawn', 'void', 'rejected', 'expired', 'approved') else a.status <> 'pending' end`,
    `select format('draft is %s with %s, approval %s signed %s', d.status, d.approved_hash, a.id, coalesce(a.edit_hash, a.content_hash))
      from drafts d join approvals a on a.tenant_id = $1 and a.id = d.approval_id
      where d.tenant_id = $1 and $3::text is not null and d.status in ('approved', 'converted')
        and a.kind = 'draft' and a.id >= $2 and d.approved_hash <> coalesce(a.edit_hash, a.content_hash)`,
    `select format('approval %s is %s and gave %s grants', a.id, a.status, count(*)) from approvals a
      join grants g on g.tenant_id = $1 and g.approval_id = a.id where a.tenant_id = $1 and a.kind = 'draft' and a.id >= $2 and $3::text is not null
      group by a.id, a.status having count(*) > 1 or a.status <> 'approved'`,
    `select format('draft was converted %s times', count(*)) from audit_entries e where e.tenant_id = $1 and e.action = 'draft.converted'
      and $3::text is not null and e.object_id = (select subject_id::text from approvals where tenant_id = $1 and id = $2) having count(*) > 1`,
  ],
  template: [
    `select format('template is pre-approved by approval %s, which is %s', a.id, a.status) from templates t
      join approvals a on a.tenant_id = $1 and a.id = t.approval_id where t.tenant_id = $1 and t.name = $3 and t.is_pre_approved and $2::uuid is not null
        and (a.status <> 'approved' or a.content_hash <> t.approved_hash or a.subject_id <> t.id)`,
    `select 'template is pre-approved with another definition than was signed' from templates t
      join approvals a on a.tenant_id = $1 and a.id = t.approval_id where t.tenant_id = $1 and t.name = $3 and t.is_pre_approved and $2::uuid is not null
        and (a.content -> 'definition' -> 'steps')::jsonb <> (t.definition -> 'steps')::jsonb`,
    `select 'template is approved and nobody took that back' from templates t join approvals a on a.tenant_id = $1 and a.subject_id = t.id
      where t.tenant_id = $1 and t.name = $3 and a.id = $2 and a.status = 'approved' and not t.is_pre_approved and not exists (
        select from audit_entries e where e.tenant_id = $1 and e.object_id = t.id::text and e.action = 'template.pre_approval_revoked')`,
    `select 'a grant outlives the pre-approval' from grants g join templates t on t.tenant_id = $1 and t.id = g.template_id
      where g.tenant_id = $1 and t.name = $3 and $2::uuid is not null and not t.is_pre_approved and g.revoked_at is null`,
  ],
  policy: [
    `select format('change is %s, its approval %s', c.status, a.status) from policy_changes c
      join approvals a on a.tenant_id = $1 and a.id = c.approval_id where c.tenant_id = $1 and a.id >= $2 and $3::text is not null
        and c.status <> case a.status when 'approved' then 'applied' else a.status end`,
    `select format('change %s was applied to another policy than was signed', c.id) from policy_changes c
      join audit_entries s on s.tenant_id = $1 and s.object_id = c.id::text and s.action = 'policies.change_applied'
      join audit_entries e on e.tenant_id = $1 and e.seq = s.seq + 1 and e.action = 'policies.changed'
      where c.tenant_id = $1 and c.approval_id >= $2 and $3::text is not null
        and (e.before -> 'governance' <> c.before::jsonb or e.after -> 'governance' <> c.after::jsonb)`,
    `select 'the policy is not what was changed last' from policies p where p.tenant_id = $1 and $2::uuid is not null and $3::text is not null
      and p.governance <> (select e.after -> 'governance' from audit_entries e
        where e.tenant_id = $1 and e.action = 'policies.changed' and e.after ? 'governance' order by e.seq desc limit 1)`,
  ],
  step: executionStatements(),
  run: executionStatements(),
}

/** Woken once by each decision, and taken as it was decided. */
function executionStatements(): readonly string[] {
  return [
    `select format('approval %s is %s, its execution %s', a.id, a.status, e.status) from approvals a
      join execution_states e on e.tenant_id = $1 and e.id = a.execution_id where a.tenant_id = $1 and a.id = $2 and $3::text is not null
        and a.kind = 'step' and a.status in ('approved', 'rejected') and e.status <> 'cancelled' and not exists (
          select from journal j where j.tenant_id = $1 and j.execution_id = e.id and j.type = 'step.completed' and j.step = 'sign' and j.outcome = a.status)`,
  ]
}

export async function subjectProblems({ kind, stage, tenant, approvalId, mark }: Scene): Promise<string[]> {
  const problems: string[] = []
  for (const text of statements[kind]) {
    const { rows } = await stage.sql.query<Record<string, string>>({
      text: `select * from (${text}) problems (problem)`,
      values: [tenant.id, approvalId, mark],
    })
    problems.push(...rows.map(({ problem = '' }) => problem))
  }
  return problems
}
