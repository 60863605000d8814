// Starts over HTTP: one row and nothing else, and with an Idempotency-Key one execution however often it is asked for.

import { referenceTo } from '../kernel/access/actor.ts'
import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { checkInputs } from '../kernel/definition/inputs.ts'
import { workflowSchema } from '../kernel/definition/workflow.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import { failed, ok, type Result } from '../kernel/problem.ts'
import { toPayload } from '../packs/payload.ts'
import { findStarted, type StartedExecution } from '../record/execution-details.ts'
import { jsonText } from '../record/json-text.ts'
import { keyReused } from './idempotency.ts'
import type { CallContext } from './route.ts'

interface StartAsked {
  /** Its name. */
  readonly workflow: string
  readonly inputs: JsonObject
  /** What expressions see as `trigger`; the inputs when absent. */
  readonly trigger?: JsonObject
}

interface StartReply {
  readonly status: 201
  readonly body: { readonly id: string; readonly workflow: string; readonly created_at: string }
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Starts the current version of a workflow. The starter's dedupe key makes a start with a key happen once, so that the answer
 * needs no transaction of its own; it holds only what never changes. Problems: those of the starter; `key_reused`.
 */
export async function startExecution(call: CallContext, asked: StartAsked): Promise<Result<StartReply>> {
  const { parts, principal, request } = call
  const { tenantId } = principal
  const startedBy = referenceTo(principal)
  const { idempotencyKey: key } = request
  const tenantKey = key === undefined ? undefined : `api:${startedBy}:${key}`
  const started = await parts.starter.start({
    ...asked,
    ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
    tenantId,
    startedBy,
    ...(tenantKey !== undefined && { tenantKey }),
  })
  if (started.ok && started.value.createdAt !== undefined) {
    return ok(
      replyWith({ id: started.value.executionId, workflow: asked.workflow, createdAt: started.value.createdAt }),
    )
  }
  // What was refused now may have been started earlier, when the workflow was another.
  const first =
    key === undefined || tenantKey === undefined ? undefined : await findStarted(call.db, tenantId, tenantKey)
  if (first !== undefined && key !== undefined) {
    return isSame(first, asked) ? ok(replyWith(first, { 'idempotency-replayed': 'true' })) : failed(keyReused(key))
  }
  if (!started.ok) return started
  return failed({
    code: 'unavailable',
    message: 'The execution that used this key first is no longer kept. Try again.',
  })
}

function replyWith(
  { id, workflow, createdAt }: Pick<StartedExecution, 'id' | 'workflow' | 'createdAt'>,
  headers: Readonly<Record<string, string>> = {},
): StartReply {
  return {
    status: 201,
    body: { id, workflow, created_at: createdAt.toISOString() },
    headers: { location: `/api/v1/executions/${id}`, ...headers },
  }
}

/** Whether somebody asks for the same again: what is kept are the inputs as the version of then completed them. */
function isSame(first: StartedExecution, { workflow, inputs }: StartAsked): boolean {
  if (first.workflow !== workflow) return false
  const checked = checkInputs(workflowSchema.parse(first.definition), inputs, { allowUnknown: true })
  return checked.ok && canonicalJson(asKept(checked.value)) === canonicalJson(first.inputs)
}

/** Without the characters that the database cannot hold. */
function asKept(value: JsonObject): Json {
  const kept = toPayload(JSON.parse(jsonText(value)))
  return kept.ok ? kept.value : null
}
