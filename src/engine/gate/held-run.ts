// Effects that a policy holds in an execution until people have seen exactly what will leave.

import { canonicalJson } from '../../kernel/definition/canonical-json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import { stepAt } from '../../kernel/plan/graph.ts'
import { type AskingRule, expiryMs } from '../../kernel/policy/governance-policy.ts'
import { ActionError, asJsonObject, type Signal } from '../../packs/kit.ts'
import { type Child, findHeldRun, hasApprovedRun } from '../../record/grants.ts'
import type { Ended } from '../worker/act.ts'
import type { Run } from '../worker/in-flight.ts'
import { pastTrouble } from '../worker/passing.ts'
import { differenceOf, hashOf, sayVersion } from './closure.ts'
import type { Passed } from './gate.ts'
import { type Candidate, type Titled, titleOf } from './step-gate.ts'

/** The memo of a step that the gate holds: when its config was resolved, which it is again as of then. */
export interface HeldMemo extends JsonObject {
  readonly held_by: 'gate'
  readonly asked_at: number
}

export function heldMemoOf(memo: Json | undefined): HeldMemo | undefined {
  if (memo === undefined || !isJsonObject(memo) || memo['held_by'] !== 'gate') return undefined
  const { asked_at: askedAt } = memo
  return typeof askedAt === 'number' ? { held_by: 'gate', asked_at: askedAt } : undefined
}

/** The event that makes the step wait for people; undefined when they have approved exactly this already. */
export async function askToRun(
  candidate: Candidate,
  run: Run,
  passed: Passed,
  rule: AskingRule,
): Promise<Ended | undefined> {
  const { execution, action, index } = candidate
  const { tenantId, id: executionId } = execution.claimed
  const { parts } = execution.host
  const content = contentOf(candidate, run.item, passed)
  const contentHash = hashOf(content)
  const step = stepAt(execution.state.graph, index).id
  const place = { tenantId, executionId, step, item: run.item }
  const known = () => hasApprovedRun(parts.gate.db, { ...place, contentHash })
  if (await pastTrouble(known, candidate.signal)) return undefined
  const at = parts.now()
  const until = at + (expiryMs(rule) ?? weekMs)
  const id = parts.newId()
  const approval = {
    ...place,
    id,
    summary: summaryOf(candidate, run.item),
    details: { action: action.name, step, item: run.item ?? null, config: content['config'] ?? null },
    approvers: asJsonObject(rule.approvers),
    quorum: rule.quorum,
    expiresAt: new Date(until),
    createdAt: new Date(at),
    holds: { impact: 'C', contentHash, content },
  } as const
  const { item, attempt, startedAt } = run
  const memo: HeldMemo = { held_by: 'gate', asked_at: startedAt }
  const wait = { on: 'approval', until, ref: id } as const
  const ref = { step, attempt, startedAt, ...(item !== undefined && { item }) }
  return { event: { type: 'step.waiting', ...ref, wait, memo, at }, records: { approvals: [approval] } }
}

/** Throws unless the answer is a yes. */
export function requireYes(candidate: Titled, signal: Signal): void {
  if (signal.kind === 'approval' && signal.decision === 'approved') return
  const title = titleOf(candidate)
  if (signal.kind !== 'approval') {
    throw refused(`${title} was not run: nobody decided on it in time. Retry the step to ask again.`)
  }
  const rejecting = signal.votes.filter(({ vote }) => vote === 'reject')
  const voices = rejecting.map(({ member, reason }) => {
    const because = typeof reason === 'string' ? ` ("${reason}")` : ''
    return `${typeof member === 'string' ? member : 'somebody'}${because}`
  })
  const by = voices.length === 0 ? '' : ` by ${voices.join(' and ')}`
  throw refused(`${title} was not run: it was rejected${by}. Retry the step to ask again.`)
}

/** Throws unless the stored decision is about exactly what would run now. */
export async function requireSame(
  candidate: Candidate,
  run: Run,
  passed: Passed,
  approvalId: string | undefined,
): Promise<void> {
  const { execution, signal } = candidate
  const { gate } = execution.host.parts
  const { tenantId } = execution.claimed
  const content = contentOf(candidate, run.item, passed)
  const find = () => findHeldRun(gate.db, tenantId, approvalId ?? '')
  const held = approvalId === undefined ? undefined : await pastTrouble(find, signal)
  if (held?.status === 'approved' && held.contentHash === hashOf(content)) return
  const title = titleOf(candidate)
  if (held?.status !== 'approved') {
    const state = held === undefined ? 'its approval is gone' : `approval ${approvalId} is ${held.status}`
    throw refused(`${title} was not run: ${state}. Retry the step to ask again.`)
  }
  const what = sayDifference(held.content, content)
  throw refused(
    `${title} was not run: it is not what approval ${approvalId} approved. ${what} Retry the step to ask again.`,
  )
}

function refused(message: string): ActionError {
  return new ActionError('not_countersigned', message)
}

const weekMs = 7 * 24 * 3_600_000

/** What a decision signs: the closure, the place, and the config with its secrets as references. */
function contentOf({ execution, index, action, config }: Candidate, item: number | undefined, passed: Passed) {
  const { state, version, claimed, secrets } = execution
  return {
    execution: claimed.id,
    // A retry by a person asks anew.
    since: state.timeoutFrom,
    version: version.version,
    closure: passed.closureHash,
    children: childrenOf(passed.children),
    step: stepAt(state.graph, index).id,
    item: item ?? null,
    action: action.name,
    config: secrets?.redactor.json(config) ?? config,
  } satisfies JsonObject
}

function childrenOf(children: readonly Child[]): JsonObject {
  return Object.fromEntries(
    children.map(({ name, version, contentHash }) => [name, { version, content_hash: contentHash }]),
  )
}

function summaryOf({ execution, index, action, config }: Candidate, item: number | undefined): string {
  const redacted = execution.secrets?.redactor.json(config) ?? config
  const { to, url, method } = asJsonObject(isJsonObject(redacted) ? redacted : {})
  const places = [to, url].flatMap((value) =>
    typeof value === 'string'
      ? value
      : Array.isArray(value) && value.every((one) => typeof one === 'string')
        ? value.join(', ')
        : [],
  )
  const verb = typeof method === 'string' ? ` ${method}` : ''
  const target = places.length === 0 ? '' : `${verb} to ${places.join(', ')}`
  const { id } = stepAt(execution.state.graph, index)
  const place = item === undefined ? `step ${id}` : `step ${id}, item ${item + 1}`
  return `${action.title}${target} (${place} of workflow ${execution.version.workflow.name})`.slice(0, 1000)
}

function sayDifference(before: Json, after: JsonObject): string {
  const old = isJsonObject(before) ? before : {}
  const fields = Object.keys({ ...fieldsOf(old), ...fieldsOf(after) }).filter(
    (field) => canonicalJson(fieldsOf(old)[field]) !== canonicalJson(fieldsOf(after)[field]),
  )
  if (fields.length > 0) return `Since then its config changed: ${fields.join(', ')}.`
  if (old['version'] !== after['version']) {
    return `Since then the execution moved from version ${sayVersion(old)} to version ${sayVersion(after)}.`
  }
  return differenceOf(old, after)
}

const fieldsOf = ({ config }: JsonObject): JsonObject => (config !== undefined && isJsonObject(config) ? config : {})
