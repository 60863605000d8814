// How long steps took in past executions: what a preview estimates from.

import type { Queryable } from './database.ts'

/** Newest executions that are looked at: of the workflow itself, and of the tenant for actions that are new to it. */
const mostOwn = 100
const mostOthers = 200
/** Events read at most, whatever the executions hold. */
const mostEvents = 20_000

export interface StepDuration {
  /** Of a step of the workflow itself; null where it is all steps of the action. */
  readonly step: string | null
  readonly action: string
  /** Runs it was measured on. */
  readonly runs: number
  /** Milliseconds of work, in the middle and in the slowest twentieth. */
  readonly workingMs: number
  readonly workingP95Ms: number
  /** Milliseconds spent waiting for people, events, timers and children. */
  readonly waitingMs: number
  readonly waitingP95Ms: number
}

// $1 tenant, $2 workflow, $3 actions. The last waits of a run end with the event that follows.
const durations = `with own as (
        select e.id, e.version_id from executions e join workflows w on w.tenant_id = $1 and w.id = e.workflow_id
          where e.tenant_id = $1 and w.name = $2 order by e.id desc limit ${mostOwn}
      ), others as (
        select e.id, e.version_id from executions e where e.tenant_id = $1 order by e.id desc limit ${mostOthers}
      ), recent as (
        select id, version_id, true as is_own from own
        union all select id, version_id, false from others where id not in (select id from own)
      ), named as (
        select v.id as version_id, s ->> 'id' as step, s ->> 'action' as action
          from (select distinct version_id as id from recent) v
            -- Without the limit the planner might read all versions that there are.
            cross join lateral (select w.definition from workflow_versions w where w.tenant_id = $1 and w.id = v.id limit 1) w
            cross join lateral json_array_elements(w.definition -> 'steps') s
          where s ->> 'action' = any ($3::text[])
      ), events as (
        select r.id, r.version_id, r.is_own, j.step, j.item, j.type, j.at, coalesce(j.started_at, j.at) as began, j.seq
          from recent r join journal j on j.tenant_id = $1 and j.execution_id = r.id
          where j.type in ('step.waiting', 'step.retrying', 'step.completed', 'step.failed') order by r.id desc limit ${mostEvents}
      ), pieces as (
        select e.*, case when e.type = 'step.waiting'
            then lead(e.began) over (partition by e.id, e.step, e.item order by e.seq) - e.at end as waited
          from events e
      ), runs as (
        select p.is_own, p.step, n.action, extract(epoch from sum(greatest(p.at - p.began, interval '0'))) * 1000 as working,
            extract(epoch from coalesce(sum(greatest(p.waited, interval '0')), interval '0')) * 1000 as waiting
          from pieces p join named n on n.version_id = p.version_id and n.step = p.step
          group by p.id, p.is_own, p.step, p.item, n.action having bool_or(p.type in ('step.completed', 'step.failed'))
      )
      select case when grouping(step) = 0 then step end as step, action, count(*)::integer as runs,
          percentile_cont(0.5) within group (order by working)::float8 as "workingMs",
          percentile_cont(0.95) within group (order by working)::float8 as "workingP95Ms",
          percentile_cont(0.5) within group (order by waiting)::float8 as "waitingMs",
          percentile_cont(0.95) within group (order by waiting)::float8 as "waitingP95Ms"
        from runs group by grouping sets ((is_own, step, action), (action))
        having grouping(step) = 1 or is_own`

/**
 * Durations by step of the workflow of a name, and by action over the newest executions of the tenant. Executions are found by
 * their keys and events by their execution's, newest first and as many as the limits above allow.
 */
export async function findStepDurations(
  db: Queryable,
  tenantId: string,
  workflow: string,
  actions: readonly string[],
): Promise<StepDuration[]> {
  const { rows } = await db.query<StepDuration>({
    name: 'find_step_durations',
    text: durations,
    values: [tenantId, workflow, actions],
  })
  return rows
}
