// Admission: whether a workflow version may start with what it is given, and the row that starts it.

import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/definition/canonical-json.ts'
import { checkInputs } from '../../kernel/definition/inputs.ts'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import type { Database, Queryable } from '../../record/database.ts'
import type { NewExecution, Parent } from '../../record/executions.ts'
import { TenantCache } from '../../record/tenant-cache.ts'
import type { FiringTrigger } from '../../record/triggers.ts'
import type { Evaluate } from '../worker/host.ts'
import { type StartableVersion, StartableVersions } from './startable-version.ts'

export interface AdmissionParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
  readonly evaluate: Evaluate
  /** Longest JSON text of the inputs, and of the trigger's payload, in characters. */
  readonly maxPayload: number
}

export interface Applicant {
  readonly tenantId: string
  readonly workflowId: string
  readonly versionId: string
  readonly inputs: unknown
  /** What expressions see as `trigger`; the checked inputs when absent. */
  readonly trigger?: JsonObject
  readonly startedBy: string
  readonly dedupeKey?: string
  readonly traceparent?: string
  readonly parent?: Parent
  readonly depth?: number
}

/** How deep executions that start one another may stand: enough for any design, and an end to two that chain each other. */
const deepest = 20
/** A key has to fit into an index entry; a longer one is kept as its digest. */
const longestKey = 500

export class Admission {
  private readonly parts: AdmissionParts
  private readonly versions: StartableVersions
  private readonly tenants: TenantCache

  constructor(parts: AdmissionParts, db: Queryable = parts.database.engine) {
    this.parts = parts
    this.versions = new StartableVersions(db)
    this.tenants = new TenantCache(db, parts.now)
  }

  /** One that sees versions which a transaction has saved and not committed yet. */
  within(client: Queryable): Admission {
    return new Admission(this.parts, client)
  }

  /** The execution to insert, or every reason why there is none. */
  async admit(applicant: Applicant): Promise<Result<NewExecution>> {
    const { tenantId, workflowId, versionId, startedBy, dedupeKey, parent, traceparent, depth = 0 } = applicant
    const version = await this.versions.get(tenantId, versionId)
    if (depth > deepest) return failed(tooDeep(version.workflow.name))
    const checked = checkInputs(version.workflow, applicant.inputs, { allowUnknown: !version.isManual })
    if (!checked.ok) return checked
    const inputs = checked.value
    const trigger = applicant.trigger ?? inputs
    const tooLarge = this.sizeProblem(inputs, 'The inputs') ?? this.sizeProblem(trigger, 'What the trigger brought')
    if (tooLarge !== undefined) return failed(tooLarge)
    const concurrency = await this.concurrencyOf(version, applicant, trigger, inputs)
    if (!concurrency.ok) return concurrency
    const createdAt = new Date(this.parts.now())
    return ok({
      tenantId,
      workflowId,
      versionId,
      startedBy,
      inputs,
      trigger,
      depth,
      createdAt,
      id: this.parts.newId(),
      ...(dedupeKey !== undefined && { dedupeKey: boundedKey(dedupeKey) }),
      ...(concurrency.value !== undefined && { concurrency: concurrency.value }),
      ...(parent !== undefined && { parent }),
      ...(traceparent !== undefined && { traceparent }),
    })
  }

  /** Under which limit an execution of the version stands that has these inputs; undefined for none. */
  async limitOf(applicant: Applicant & { readonly inputs: JsonObject }): Promise<Result<NewExecution['concurrency']>> {
    const { tenantId, versionId, inputs, trigger = inputs } = applicant
    return this.concurrencyOf(await this.versions.get(tenantId, versionId), applicant, trigger, inputs)
  }

  /** Whether the trigger's condition is true of a payload. */
  async matches(trigger: FiringTrigger, payload: JsonObject): Promise<Result<boolean>> {
    const { definition, tenantId, versionId } = trigger
    if (!('where' in definition) || definition.where === undefined) return ok(true)
    const version = await this.versions.get(tenantId, versionId)
    const condition = version.conditions.get(definition.where)
    if (condition === undefined) throw new Error(`Trigger ${trigger.id} is not of version ${versionId}`)
    const result = await this.parts.evaluate(condition, await this.scopeOf(tenantId, version, payload))
    if (!result.ok) return result
    if (typeof result.value === 'boolean') return ok(result.value)
    const message = `The \`where\` of a trigger of "${trigger.workflow}" gave ${canonicalJson(result.value)}. It must give true or false.`
    return failed({ code: 'expression_type', message })
  }

  sizeProblem(value: Json, name: string): Problem | undefined {
    const { length } = JSON.stringify(value)
    if (length <= this.parts.maxPayload) return undefined
    const message = `${name} would take ${length} characters; the limit is ${this.parts.maxPayload}. Store the data elsewhere and pass a reference to it.`
    return { code: 'payload_too_large', message }
  }

  private async concurrencyOf(
    version: StartableVersion,
    { tenantId, workflowId }: Applicant,
    trigger: JsonObject,
    inputs: JsonObject,
  ): Promise<Result<NewExecution['concurrency']>> {
    const { concurrency } = version
    if (concurrency === undefined) return ok(undefined)
    const { limit, key } = concurrency
    if (key === undefined) return ok({ key: workflowId, limit })
    const result = await this.parts.evaluate(key, { ...(await this.scopeOf(tenantId, version, trigger)), inputs })
    if (!result.ok) return result
    const text = typeof result.value === 'string' ? result.value : canonicalJson(result.value)
    return ok({ key: boundedKey(`${workflowId}:${text}`), limit })
  }

  private async scopeOf(tenantId: string, { workflow }: StartableVersion, trigger: JsonObject): Promise<JsonObject> {
    const { id, slug, name } = await this.tenants.get(tenantId)
    return { trigger, vars: workflow.vars ?? {}, tenant: { id, slug, name }, now: this.parts.now() }
  }
}

/** What a trigger brings, as expressions see it: an object as it is, anything else as its `data`. */
export function payloadOf(data: Json): JsonObject {
  if (data === null) return {}
  return isJsonObject(data) ? data : { data }
}

function boundedKey(key: string): string {
  return key.length <= longestKey ? key : `sha256:${createHash('sha256').update(key).digest('base64url')}`
}

function tooDeep(workflow: string): Problem {
  const message = `"${workflow}" was not started: ${deepest} executions above it have started one another. End the circle with a condition.`
  return { code: 'conflict', message }
}
