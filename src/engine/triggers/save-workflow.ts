// Saving a workflow: its version and its triggers change together, so that nothing of an old version ever fires again.

import { createHash } from 'node:crypto'
import { type Actor, referenceTo } from '../../kernel/access/actor.ts'
import { canonicalJson } from '../../kernel/definition/canonical-json.ts'
import { type Trigger, triggersOf, type Workflow } from '../../kernel/definition/workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import { appendAudit, type AuditEntry } from '../../record/audit.ts'
import type { Queryable } from '../../record/database.ts'
import { lockTriggers, replaceTriggers, type TriggerKind, type TriggerRow } from '../../record/triggers.ts'
import { insertVersion, type SavedVersion, updateWorkflowStatus, type WorkflowStatus } from '../../record/workflows.ts'
import { firstFireAt } from './schedules.ts'
import { newWebhookToken } from './webhooks.ts'

interface SaveParts {
  readonly now: () => number
  readonly newId: () => string
}

export interface SaveRequest {
  /** Valid. */
  readonly workflow: Workflow
  /** The YAML it was read from. */
  readonly source: string
  /** Who wrote it, as `referenceTo` names them, where that is somebody else than who saves it. */
  readonly madeBy?: string
  /** Of a workflow that is new; `active` when absent. One that exists keeps its own. */
  readonly status?: 'active' | 'inactive'
  /** What becomes of it once its version is stored; its own status, and its schedule with it, when absent. */
  readonly settleStanding?: (saved: SavedVersion) => Promise<Standing>
}

/** Whether a workflow may start, and whether its schedule may start it. */
export interface Standing {
  readonly status: WorkflowStatus
  readonly isScheduled: boolean | 'as before'
  /** For the audit: its class, and what it waits for. */
  readonly facts?: JsonObject
}

/** A token is told when it is made and never again. `position` counts the definition's triggers from 0. */
export interface NewToken {
  readonly position: number
  readonly token: string
}

export interface SavedWorkflow extends Omit<SavedVersion, 'previous'> {
  readonly contentHash: string
  readonly tokens: readonly NewToken[]
}

/** What an approval signs: equal definitions have equal hashes, whatever their YAML looks like. */
export function contentHash(workflow: Workflow): string {
  return createHash('sha256').update(canonicalJson(workflow)).digest('hex')
}

/** Saves a workflow by its name. When the current version has the same content, that is what is returned. */
export async function saveWorkflow(
  parts: SaveParts,
  client: Queryable,
  actor: Actor,
  request: SaveRequest,
): Promise<SavedWorkflow> {
  const { saved, entries } = await storeWorkflow(parts, client, actor, request)
  if (entries.length > 0) await appendAudit(client, actor, entries)
  return saved
}

/** As `saveWorkflow`, and leaves the audit's entries to the caller. */
export async function storeWorkflow(
  parts: SaveParts,
  client: Queryable,
  actor: Actor,
  request: SaveRequest,
): Promise<{ readonly saved: SavedWorkflow; readonly entries: readonly AuditEntry[] }> {
  const { workflow, source, status = 'active', settleStanding } = request
  const { tenantId } = actor
  const hash = contentHash(workflow)
  const version = await insertVersion(client, {
    tenantId,
    status,
    source,
    createdBy: request.madeBy ?? referenceTo(actor),
    workflowId: parts.newId(),
    versionId: parts.newId(),
    definition: workflow,
    contentHash: hash,
    createdAt: new Date(parts.now()),
  })
  const standing = (await settleStanding?.(version)) ?? { status: version.status, isScheduled: true }
  if (standing.status !== version.status) {
    await updateWorkflowStatus(client, tenantId, workflow.name, standing.status)
  }
  const tokens = await placeTriggers(parts, client, { tenantId, workflow, workflowId: version.workflowId, standing })
  const { previous, ...saved } = { ...version, status: standing.status, contentHash: hash, tokens }
  const entry = savedEntry({ ...saved, previous }, workflow.name, standing.facts, new Date(parts.now()))
  return { saved, entries: entry === undefined ? [] : [entry] }
}

interface Placed {
  readonly tenantId: string
  readonly workflow: Workflow
  readonly workflowId: string
  readonly standing: Standing
}

/** A trigger whose definition stays keeps what it knows. Returns the tokens of new webhooks. */
async function placeTriggers(
  parts: SaveParts,
  client: Queryable,
  { tenantId, workflow, workflowId, standing }: Placed,
): Promise<NewToken[]> {
  const tokens: NewToken[] = []
  const before = await lockTriggers(client, tenantId, workflowId)
  const triggers = triggersOf(workflow).map((definition, position) => {
    const old = before.find((trigger) => trigger.position === position)
    if (old !== undefined && canonicalJson(old.definition) === canonicalJson(definition)) return old
    const tokenHash = kindOf(definition) === 'webhook' ? (old?.tokenHash ?? newToken(tokens, position)) : null
    return newTrigger({ tenantId, workflowId, id: parts.newId(), position, definition, tokenHash })
  })
  const now = parts.now()
  const kept = triggers.map((trigger) => switched(trigger, standing, now))
  await replaceTriggers(client, tenantId, workflowId, kept)
  return tokens
}

/** Undefined when nothing has changed. */
function savedEntry(
  { workflowId, version, status, isNew, previous, contentHash: hash }: SavedVersion & { readonly contentHash: string },
  name: string,
  facts: JsonObject = {},
  at: Date,
): AuditEntry | undefined {
  if (!isNew && previous?.status === status) return undefined
  const object = { type: 'workflow', id: workflowId, name }
  const after = { version, content_hash: hash, status, ...facts }
  if (previous === null) return { action: 'workflow.created', object, after, at }
  const before = { version: previous.version, content_hash: previous.contentHash, status: previous.status }
  return { action: isNew ? 'workflow.version_saved' : 'workflow.restored', object, before, after, at }
}

const deeds = {
  active: 'workflow.activated',
  inactive: 'workflow.deactivated',
  deleted: 'workflow.deleted',
} as const satisfies Record<WorkflowStatus, AuditEntry['action']>

/** Switches a workflow and its triggers on or off, or deletes it. Problem: `not_found`. */
export async function setWorkflowStatus(
  parts: SaveParts,
  client: Queryable,
  actor: Actor,
  name: string,
  status: WorkflowStatus,
): Promise<Result<undefined>> {
  const switching = await switchStanding(parts, client, actor.tenantId, name, { status, isScheduled: true })
  if (!switching.ok) return switching
  if (switching.value.length > 0) await appendAudit(client, actor, switching.value)
  return ok(undefined)
}

/** As `setWorkflowStatus`, and leaves the audit's entries to the caller. */
export async function switchStanding(
  parts: Pick<SaveParts, 'now'>,
  client: Queryable,
  tenantId: string,
  name: string,
  standing: Standing,
): Promise<Result<readonly AuditEntry[]>> {
  const { status, facts = {} } = standing
  const now = parts.now()
  const workflow = await updateWorkflowStatus(client, tenantId, name, status)
  if (workflow === undefined) return failed({ code: 'not_found', message: `There is no workflow "${name}".` })
  const { id, was } = workflow
  const triggers = await lockTriggers(client, tenantId, id)
  const kept = status === 'deleted' ? [] : triggers.map((trigger) => switched(trigger, standing, now))
  await replaceTriggers(client, tenantId, id, kept)
  if (was === status) return ok([])
  const object = { type: 'workflow', id, name }
  const change = { before: { status: was }, after: { status, ...facts } }
  return ok([{ action: deeds[status], object, ...change, at: new Date(now) }])
}

/** A schedule counts from the moment at which it is switched on; one that is on already goes on as planned. */
function switched(trigger: TriggerRow, { status, isScheduled }: Standing, now: number): TriggerRow {
  const mayFire =
    trigger.kind !== 'schedule' || isScheduled === true || (isScheduled === 'as before' && trigger.enabled)
  const isOn = status === 'active' && mayFire
  if (!isOn) return { ...trigger, enabled: false, nextFireAt: null, lastFireAt: null }
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
