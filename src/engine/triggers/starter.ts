// The starter: starts executions of current versions of active workflows, many with one statement.

import type { JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { sayApprovers } from '../../kernel/policy/say-approvers.ts'
import type { Pool } from '../../record/database.ts'
import { answers } from '../../record/diagnosis.ts'
import {
  findByDedupeKey,
  type NewExecution,
  type Parent,
  startCurrentExecutions,
  type StartOutcome,
} from '../../record/executions.ts'
import { listApprovalsOf } from '../../record/subject-approvals.ts'
import { findWorkflows, type WorkflowRow } from '../../record/workflows.ts'
import { Admission, type AdmissionParts } from './admission.ts'
import { grouped } from './grouped.ts'

export interface StartRequest {
  readonly tenantId: string
  /** Its name. */
  readonly workflow: string
  readonly inputs: JsonObject
  /** Who: `member:<id>`, `execution:<id>`, `event:<type>` … */
  readonly startedBy: string
  /** A second start of the workflow with the same key starts nothing and names the first. */
  readonly dedupeKey?: string
  /** The same for a key that is one for all workflows of the tenant; it wins over `dedupeKey`. */
  readonly tenantKey?: string
  /** What expressions see as `trigger`; the checked inputs when absent. */
  readonly trigger?: JsonObject
  readonly parent?: Parent
  readonly depth?: number
  /** The trace that it continues (W3C Trace Context), valid. */
  readonly traceparent?: string
}

export interface Started {
  readonly executionId: string
  /** False when the dedupe key had been used before. */
  readonly created: boolean
  /** Of what has been created. */
  readonly createdAt?: Date
}

export interface Starter {
  /**
   * Starts the version that is current now: one saved before the call is never missed. Problems: `not_found`, `conflict`
   * (inactive, or too deep), `invalid_input`, `payload_too_large`, those of the concurrency key, `unavailable`.
   */
  start(request: StartRequest): Promise<Result<Started>>
  /** The row that `start` would insert, for whoever inserts it with a commit of their own. */
  prepare(request: StartRequest): Promise<Result<NewExecution>>
  readonly admission: Admission
  /** Whom the workers hear of when this starter has started something. */
  readonly origin: string
  /** Tells a worker of this process at once what the database will tell the others. */
  onStarted(listener: () => void): void
}

/** More rows in one statement gain nothing. */
const groupSize = 500
/** Workflows of which the starter remembers the version that it saw last. */
const mostKnown = 1000
/** A version that is replaced between look-up and insert, again and again. */
const mostTries = 5

export function createStarter(parts: AdmissionParts): Starter {
  return new GroupedStarter(parts)
}

class GroupedStarter implements Starter {
  readonly admission: Admission
  readonly origin: string
  private readonly engine: Pool
  private readonly listeners: (() => void)[] = []
  /** What was current when it was last looked at; the statement that starts it knows better, and then it is looked up. */
  private readonly known = new Map<string, WorkflowRow>()
  private readonly lookUp = grouped((names: readonly Name[]) => this.findAll(names), this.grouping())
  private readonly insert = grouped(
    (executions: readonly NewExecution[]) => this.insertAll(executions),
    this.grouping(),
  )

  constructor(parts: AdmissionParts) {
    this.admission = new Admission(parts)
    this.origin = parts.newId()
    this.engine = parts.database.engine
  }

  onStarted(listener: () => void): void {
    this.listeners.push(listener)
  }

  async prepare(request: StartRequest): Promise<Result<NewExecution>> {
    const { tenantId, workflow } = request
    const row = await this.lookUp({ tenantId, name: workflow })
    if (row === undefined) return failed({ code: 'not_found', message: `There is no workflow "${workflow}".` })
    if (row.status !== 'active') return failed(await this.whyInactive(row))
    if (this.known.size >= mostKnown) this.known.clear()
    this.known.set(keyOf(request), row)
    return this.admit(request, row)
  }

  async start(request: StartRequest): Promise<Result<Started>> {
    const seen = this.known.get(keyOf(request))
    const prepared = seen === undefined ? undefined : await this.admit(request, seen)
    const started = prepared?.ok === true ? await this.tryStart(prepared.value) : undefined
    if (started !== undefined) return ok(started)
    // What a former version refuses, or an inactive one, the present one may take.
    for (let attempt = 0; attempt < mostTries; attempt++) {
      const current = await this.prepare(request)
      if (!current.ok) return current
      const began = await this.tryStart(current.value)
      if (began !== undefined) return ok(began)
    }
    const message = `"${request.workflow}" changes faster than it can be started. Try again.`
    return failed({ code: 'unavailable', message })
  }

  private grouping() {
    return { most: groupSize, mayTryAgain: () => answers(this.engine) }
  }

  private admit(request: StartRequest, row: WorkflowRow): Promise<Result<NewExecution>> {
    const { workflow, dedupeKey: ofWorkflow, tenantKey, ...rest } = request
    const dedupeKey = tenantKey ?? (ofWorkflow === undefined ? undefined : `start:${workflow}:${ofWorkflow}`)
    const key = dedupeKey === undefined ? {} : { dedupeKey }
    return this.admission.admit({ ...rest, ...key, workflowId: row.id, versionId: row.versionId })
  }

  /** What it waits for, where people have to countersign it first. */
  private async whyInactive({ tenantId, name, versionId }: WorkflowRow): Promise<Problem> {
    const asked = await listApprovalsOf(this.engine, tenantId, 'activation', versionId)
    const first = asked.find(({ status, acts }) => status === 'pending' && acts.includes('activate_workflow'))
    if (first === undefined) {
      return { code: 'conflict', message: `The workflow "${name}" is inactive. Activate it, then start it.` }
    }
    const message = `The workflow "${name}" is inactive: it waits for approval ${first.id} by ${sayApprovers(first.approvers)}.`
    return { code: 'conflict', message, hint: 'Once it is approved, start it again.' }
  }

  /** Undefined when the version is no longer the current one. */
  private async tryStart(execution: NewExecution): Promise<Started | undefined> {
    const { id, tenantId, createdAt, dedupeKey = '' } = execution
    const outcome = await this.insert(execution)
    if (outcome === 'started') return { executionId: id, created: true, createdAt }
    const first = outcome === 'duplicate' ? await findByDedupeKey(this.engine, tenantId, dedupeKey) : undefined
    return first === undefined ? undefined : { executionId: first, created: false }
  }

  private async findAll(names: readonly Name[]): Promise<(WorkflowRow | undefined)[]> {
    const found = await findWorkflows(this.engine, names)
    const rows = new Map(found.map((row) => [`${row.tenantId} ${row.name}`, row]))
    return names.map(({ tenantId, name }) => rows.get(`${tenantId} ${name}`))
  }

  private async insertAll(executions: readonly NewExecution[]): Promise<(StartOutcome | undefined)[]> {
    const outcomes = await startCurrentExecutions(this.engine, executions, this.origin)
    for (const listener of this.listeners) listener()
    return executions.map(({ id }) => outcomes.get(id))
  }
}

interface Name {
  readonly tenantId: string
  readonly name: string
}

const keyOf = ({ tenantId, workflow }: StartRequest): string => `${tenantId} ${workflow}`
