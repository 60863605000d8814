// Executions as the API shows them.

import { z } from 'zod'
import { executionStatuses } from '../../kernel/plan/moves.ts'
import type { ListedExecution } from '../../record/execution-lists.ts'
import { moment, version, workflowName } from './workflow.ts'

export const uuid = z.string().meta({ format: 'uuid' })

/** An id that somebody gives. */
export const givenId = z.uuid('must be a UUID').toLowerCase()

export const idParams = z.strictObject({ id: givenId.meta({ description: 'Its id.' }) })

/** Any JSON. */
export const anyValue = z.unknown().meta({ description: 'Any JSON.' })

export const jsonObject = z.record(z.string(), z.unknown())

export const executionStatus = z.enum(executionStatuses).meta({
  description:
    '`queued`: no worker has begun. `running`: it works. `waiting`: for a time, a person or an event. `paused`: nothing new starts.',
})

export const startedBy = z
  .strictObject({
    kind: z.string().meta({
      description: '`member`, `agent`, `operator`, `event`, `schedule`, `webhook`, `execution` …',
      examples: ['member'],
    }),
    id: z.string().nullable().meta({ description: 'Its id; the type of an event.' }),
    name: z
      .string()
      .nullable()
      .meta({ description: "A member's or an agent's.", examples: ['Ana'] }),
  })
  .meta({ id: 'StartedBy', description: 'What or who started an execution.' })

export const failureShape = z
  .strictObject({
    code: z.string().meta({ examples: ['http_failed'] }),
    message: z.string(),
    retry: z.boolean().meta({ description: 'Whether another attempt may succeed.' }),
    detail: z.unknown().optional(),
  })
  .meta({ id: 'Failure' })

export const summaryFields = {
  id: uuid,
  workflow: workflowName,
  version: version.meta({ description: 'The version it started with.' }),
  status: executionStatus,
  started_by: startedBy,
  created_at: moment,
  started_at: moment.nullable().meta({ description: 'When a worker began.' }),
  ended_at: moment.nullable(),
  parent_id: uuid.nullable().meta({ description: 'The execution that started it as a child.' }),
}

export const executionSummary = z
  .strictObject({
    ...summaryFields,
    failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({
    id: 'ExecutionSummary',
    description: 'An execution in a list.',
    examples: [
      {
        id: '019e5b1c-9f00-7000-8000-000000000001',
        workflow: 'purchase-order-approval',
        version: 3,
        status: 'waiting',
        started_by: { kind: 'member', id: '019e5b1c-0000-7000-8000-000000000002', name: 'Ana' },
        created_at: '2026-11-21T12:00:00.000Z',
        started_at: '2026-11-21T12:00:00.012Z',
        ended_at: null,
        parent_id: null,
        failure: null,
      },
    ],
  })

export type SummaryBody = z.input<typeof executionSummary>

/** As text, for answers. */
export const iso = (at: Date | null): string | null => (at === null ? null : at.toISOString())

/** Epoch ms as text. */
export function isoOf(at: number | undefined): string | null {
  if (at === undefined) return null
  if (at !== last.at) last = { at, text: new Date(at).toISOString() }
  return last.text
}

/** What happens together is told one after the other, and to write a time out is slow. */
let last = { at: 0, text: new Date(0).toISOString() }

export function summaryBody(execution: ListedExecution): SummaryBody {
  return { ...summaryFacts(execution), failure: execution.failure }
}

export function summaryFacts(execution: Omit<ListedExecution, 'failure'>) {
  return {
    id: execution.id,
    workflow: execution.workflow,
    version: execution.version,
    status: execution.status,
    started_by: startedByBody(execution.startedBy, execution.startedByName),
    created_at: execution.createdAt.toISOString(),
    started_at: iso(execution.startedAt),
    ended_at: iso(execution.endedAt),
    parent_id: execution.parentId,
  }
}

/** `member:<id>` and its like, taken apart. */
function startedByBody(reference: string, name: string | null): z.input<typeof startedBy> {
  const colon = reference.indexOf(':')
  if (colon === -1) return { kind: reference, id: null, name }
  return { kind: reference.slice(0, colon), id: reference.slice(colon + 1), name }
}
