// What a listener can ask for, what each topic takes to be read, and which events belong to it.

import { may, type Permission } from '../../kernel/access/permissions.ts'
import type { LifecycleType } from '../../kernel/plan/lifecycle.ts'
import { failed, ok, type Result } from '../../kernel/problem.ts'
import type { AuditNews } from '../../record/feed-context.ts'
import type { Principal } from '../principal.ts'

/** Topics and the permission each takes. `execution:<id>` takes `executions:read`. */
export const topicPermissions = {
  executions: 'executions:read',
  approvals: 'approvals:read',
  workflows: 'workflows:read',
  members: 'members:read',
  audit: 'audit:read',
} as const satisfies Readonly<Record<string, Permission>>

type TopicName = keyof typeof topicPermissions

export interface Topics {
  readonly names: ReadonlySet<TopicName>
  /** Ids of executions that are followed step by step. */
  readonly executions: ReadonlySet<string>
}

const mostExecutions = 20
const executionTopic = /^execution:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

/** Reads `executions,approvals,execution:<id>`. Problems: `malformed_request`, and `forbidden` for what the principal may not read. */
export function parseTopics(text: string, { role, scopes }: Pick<Principal, 'role' | 'scopes'>): Result<Topics> {
  const names = new Set<TopicName>()
  const executions = new Set<string>()
  for (const topic of text.split(',').map((part) => part.trim())) {
    const [, id] = executionTopic.exec(topic) ?? []
    if (id !== undefined) executions.add(id.toLowerCase())
    else if (isTopicName(topic)) names.add(topic)
    else return malformed(`There is no topic "${topic.slice(0, 60)}".`)
    const permission = id !== undefined || !isTopicName(topic) ? 'executions:read' : topicPermissions[topic]
    if (may(role, permission, scopes)) continue
    return failed({
      code: 'forbidden',
      message: `The topic "${topic}" needs "${permission}", which this ${scopes === undefined ? 'role' : 'key'} does not have.`,
      hint: 'Leave the topic out.',
    })
  }
  if (executions.size > mostExecutions) return malformed(`A stream follows at most ${mostExecutions} executions by id.`)
  return ok({ names, executions })
}

const malformed = (message: string): Result<never> =>
  failed({
    code: 'malformed_request',
    message,
    hint: `Topics are ${Object.keys(topicPermissions).join(', ')}, and execution:<id>.`,
  })

function isTopicName(topic: string): topic is TopicName {
  return Object.hasOwn(topicPermissions, topic)
}

/** The same text for topics that take the same events. */
export function topicsKey({ names, executions }: Topics): string {
  return [...[...names].sort(), ...[...executions].sort()].join(',')
}

/** Whether a listener hears of steps: only who follows that execution. */
const ofSteps: ReadonlySet<LifecycleType> = new Set([
  'workflow.step_started',
  'workflow.step_completed',
  'workflow.step_failed',
  'workflow.step_retrying',
  'workflow.step_skipped',
  'workflow.step_waiting',
  'workflow.step_compensated',
  'workflow.compensation_failed',
])
const ofApprovals: ReadonlySet<LifecycleType> = new Set([
  'workflow.awaiting_approval',
  'workflow.approval_granted',
  'workflow.approval_rejected',
  'workflow.escalated',
])

export function wantsExecution({ names }: Topics, type: LifecycleType): boolean {
  return (names.has('executions') && !ofSteps.has(type)) || (names.has('approvals') && ofApprovals.has(type))
}

/** Whose objects a topic is about. */
const objectTopics: Readonly<Record<string, TopicName>> = {
  approval: 'approvals',
  workflow: 'workflows',
  member: 'members',
  agent: 'members',
  invitation: 'members',
}

export function wantsAudit({ names }: Topics, { object }: Pick<AuditNews, 'object'>): boolean {
  if (names.has('audit')) return true
  const topic = objectTopics[object.type]
  return topic !== undefined && names.has(topic)
}

/** Whether anything in the audit can be of interest. */
export function hearsAudit({ names }: Topics): boolean {
  return names.has('audit') || names.has('approvals') || names.has('workflows') || names.has('members')
}

/** The execution that a listener follows who follows nothing else: its journal is then all there is to read. */
export function onlyExecution({ names, executions }: Topics): string | undefined {
  const [executionId, ...others] = executions
  return names.size > 0 || others.length > 0 ? undefined : executionId
}
