// Saving a workflow: its version and its triggers change together, so that nothing of an old version ever fires again.

import { createHash } from 'node:crypto'
import { canonicalJson } from '../../kernel/definition/canonical-json.ts'
import { type Trigger, triggersOf, type Workflow } from '../../kernel/definition/workflow.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { type Database, inTransaction } from '../../record/database.ts'
import { lockTriggers, replaceTriggers, type TriggerKind, type TriggerRow } from '../../record/triggers.ts'
import { insertVersion, type SavedVersion, updateWorkflowStatus, type WorkflowStatus } from '../../record/workflows.ts'
import { firstFireAt } from './schedules.ts'
import { newWebhookToken } from './webhooks.ts'

interface SaveParts {
  readonly database: Database
  readonly now: () => number
  readonly newId: () => string
}

export interface SaveRequest {
  readonly tenantId: string
  /** Valid. */
  readonly workflow: Workflow
  /** The YAML it was read from. */
  readonly source: string
  readonly createdBy: string
  /** Of a workflow that is new; `active` when absent. One that exists keeps its own. */
  readonly status?: 'active' | 'inactive'
}

/** A token is told when it is made and never again. `position` counts the definition's triggers from 0. */
export interface NewToken {
  readonly position: number
  readonly token: string
}

export interface SavedWorkflow extends SavedVersion {
  readonly contentHash: string
  readonly tokens: readonly NewToken[]
}

/** What an approval signs: equal definitions have equal hashes, whatever their YAML looks like. */
export function contentHash(workflow: Workflow): string {
  return createHash('sha256').update(canonicalJson(workflow)).digest('hex')
}

/** Saves a workflow by its name. When the current version has the same content, that is what is returned. */
export async function saveWorkflow(parts: SaveParts, request: SaveRequest): Promise<SavedWorkflow> {
  const { tenantId, workflow, source, createdBy, status = 'active' } = request
  const hash = contentHash(workflow)
  return inTransaction(parts.database.engine, async (client) => {
    const saved = await insertVersion(client, {
      tenantId,
      status,
      source,
      createdBy,
      workflowId: parts.newId(),
      versionId: parts.newId(),
      definition: workflow,
      contentHash: hash,
      createdAt: new Date(parts.now()),
    })
    const { workflowId } = saved
    const before = await lockTriggers(client, tenantId, workflowId)
    const tokens: NewToken[] = []
    const triggers = triggersOf(workflow).map((definition, position) => {
      const old = before.find((trigger) => trigger.position === position)
      if (old !== undefined && canonicalJson(old.definition) === canonicalJson(definition)) return old
      const tokenHash = kindOf(definition) === 'webhook' ? (old?.tokenHash ?? newToken(tokens, position)) : null
      return newTrigger({ tenantId, workflowId, id: parts.newId(), position, definition, tokenHash })
    })
    const isActive = saved.status === 'active'
    await replaceTriggers(
      client,
      tenantId,
      workflowId,
      triggers.map((trigger) => switched(trigger, isActive, parts.now())),
    )
    return { ...saved, contentHash: hash, tokens }
  })
}

/** Switches a workflow and its triggers on or off, or deletes it. Problem: `not_found`. */
export async function setWorkflowStatus(
  parts: SaveParts,
  tenantId: string,
  name: string,
  status: WorkflowStatus,
): Promise<Result<undefined>> {
  return inTransaction(parts.database.engine, async (client) => {
    const workflowId = await updateWorkflowStatus(client, tenantId, name, status)
    if (workflowId === undefined) return failed({ code: 'not_found', message: `There is no workflow "${name}".` })
    const triggers = await lockTriggers(client, tenantId, workflowId)
    const kept =
      status === 'deleted' ? [] : triggers.map((trigger) => switched(trigger, status === 'active', parts.now()))
    await replaceTriggers(client, tenantId, workflowId, kept)
    return ok(undefined)
  })
}

/** A schedule counts from the moment at which it is switched on; one that is on already goes on as planned. */
function switched(trigger: TriggerRow, isActive: boolean, now: number): TriggerRow {
  if (!isActive) return { ...trigger, enabled: false, nextFireAt: null, lastFireAt: null }
  if (trigger.enabled) return trigger
  const first = firstFireAt(trigger.definition, now)
  if (first === undefined) return { ...trigger, enabled: true }
  return { ...trigger, enabled: true, nextFireAt: new Date(first), lastFireAt: new Date(now) }
}

type Essence = Pick<TriggerRow, 'tenantId' | 'workflowId' | 'id' | 'position' | 'definition' | 'tokenHash'>

/** Not switched on yet. */
function newTrigger(given: Essence): TriggerRow {
  const kind = kindOf(given.definition)
  const subject = subjectOf(given.definition)
  return { ...given, kind, subject, enabled: false, nextFireAt: null, lastFireAt: null }
}

function newToken(tokens: NewToken[], position: number): Buffer {
  const { token, hash } = newWebhookToken()
  tokens.push({ position, token })
  return hash
}

function kindOf(trigger: Trigger): TriggerKind {
  if ('event' in trigger) return 'event'
  if ('schedule' in trigger || 'every' in trigger) return 'schedule'
  if ('webhook' in trigger) return 'webhook'
  return 'workflow' in trigger ? 'workflow' : 'manual'
}

function subjectOf(trigger: Trigger): string | null {
  if ('event' in trigger) return trigger.event
  return 'workflow' in trigger ? trigger.workflow : null
}
