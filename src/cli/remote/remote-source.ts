// Executions as a server tells them.

import { problemKinds, type ProblemCode } from '../../kernel/problem.ts'
import { type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import { isJsonObject, type Json } from '../../kernel/json.ts'
import type { Failure } from '../../kernel/plan/journal.ts'
import type { Execution, ExecutionSummary, JournalEvent } from '../../client/api.generated.ts'
import type { Client } from '../../client/client.ts'
import { paginate } from '../../client/pages.ts'
import { ProblemError } from '../../client/problem-error.ts'
import { asJsonObject, toPayload } from '../../packs/payload.ts'
import { eventOf } from '../../record/journal.ts'
import type { ExecutionSource, SeenEvent, WatchedExecution } from '../follow/watch.ts'
import type { ListedExecution } from '../site.ts'

const eventsAtOnce = 200

export function remoteSource(client: Client): ExecutionSource {
  const workflow = async (name: string, version: number): Promise<Workflow> => {
    const { data } = await client.GET('/workflows/{name}/versions/{version}', { params: { path: { name, version } } })
    return workflowSchema.parse(data.definition)
  }
  return {
    find: (id) => unlessAbsent(async () => watched(await readExecution(client, id))),
    journal: async (id, after) => {
      const seen: SeenEvent[] = []
      for (let offset = after; ; offset += eventsAtOnce) {
        const query = { limit: eventsAtOnce, offset }
        const { data } = await client.GET('/executions/{id}/journal', { params: { path: { id }, query } })
        seen.push(...data.items.map((one) => ({ seq: one.seq, event: eventOf(rowOf(id, one)) })))
        if (data.items.length < eventsAtOnce) return seen
      }
    },
    workflow: (execution) => workflow(execution.workflow, execution.version),
    version: async ({ workflow: name }, versionId) => {
      const path = { name }
      const read = (query: { limit: number; offset: number }) =>
        client.GET('/workflows/{name}/versions', { params: { path, query } })
      for await (const { id, version } of paginate(read)) if (id === versionId) return workflow(name, version)
      throw new Error(`The server has no version ${versionId} of "${name}"`)
    },
  }
}

/** Undefined for what is not there. */
export async function unlessAbsent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'not_found') return undefined
    throw error
  }
}

export async function readExecution(client: Client, id: string): Promise<Execution> {
  return (await client.GET('/executions/{id}', { params: { path: { id }, query: { include: '' } } })).data
}

function watched(execution: Execution): WatchedExecution {
  const { inputs, trigger, output } = execution
  return { ...listed(execution), inputs: objectOf(inputs), trigger: objectOf(trigger), output: jsonOf(output) }
}

export function listed(execution: Execution | ExecutionSummary): ListedExecution {
  const { id, workflow, version, status, started_by: by, failure, parent_id: parentExecutionId } = execution
  const date = (text: string | null): Date | null => (text === null ? null : new Date(text))
  return {
    id,
    workflow,
    version,
    status,
    startedBy: by.name ?? (by.id === null ? by.kind : `${by.kind}:${by.id}`),
    createdAt: new Date(execution.created_at),
    startedAt: date(execution.started_at),
    endedAt: date(execution.ended_at),
    failure: failure === null ? null : failureOf(failure),
    parentExecutionId,
  }
}

function failureOf({ code, message, ...rest }: { code: string; message: string; retry?: boolean }): Failure {
  return { code: isProblemCode(code) ? code : 'internal', message, retry: rest.retry ?? false }
}

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problemKinds, code)

/** The event as the journal's row has it: what the API puts into words is turned back. */
function rowOf(executionId: string, event: JournalEvent) {
  const { type, step, item, attempt, outcome, at, started_at: startedAt, data } = event
  return {
    execution_id: executionId,
    type,
    step,
    item,
    attempt,
    outcome,
    at: new Date(at),
    started_at: startedAt === null ? null : new Date(startedAt),
    data: Object.fromEntries(Object.entries(data).map(([name, value]) => [keys[name] ?? name, plain(name, value)])),
  }
}

const keys: Readonly<Record<string, string>> = { version_id: 'versionId' }

function plain(name: string, value: unknown): unknown {
  if (name === 'until' && typeof value === 'string') return Date.parse(value)
  if (name !== 'wait' || !isJsonObject(value)) return value
  const known = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(known.map(([key, member]) => [key, plain(key, member)]))
}

/** What came as JSON is JSON, unless it holds keys that no payload may. */
function jsonOf(value: unknown): Json {
  const payload = toPayload(value)
  return payload.ok ? payload.value : null
}

const objectOf = (value: object) => asJsonObject(value)
