// What an execution went through: its journal and its votes, page by page.

import { z } from 'zod'
import { failed, ok } from '../../kernel/problem.ts'
import { countJournal, hasExecution, listExecutionVotes } from '../../record/execution-details.ts'
import { readJournal } from '../../record/journal.ts'
import { pageOf, pageQuery } from '../page.ts'
import { route } from '../route.ts'
import { idParams } from '../shapes/execution.ts'
import { eventBody, executionVote, journalEvent, voteBody } from '../shapes/execution-detail.ts'
import { noExecution } from './executions.ts'

const journal = route({
  method: 'GET',
  path: '/executions/{id}/journal',
  operation: 'getExecutionJournal',
  tag: 'Executions',
  summary: "Read an execution's journal",
  description:
    'All that happened, in order. Events are numbered from 1 without gaps, so `offset` is the last `seq` that was read.',
  access: 'executions:read',
  problems: ['not_found'],
  params: idParams,
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of events.', schema: pageOf(journalEvent) } },
  async handle({ db, principal: { tenantId }, params: { id }, query: { limit, offset } }) {
    if (!(await hasExecution(db, tenantId, id))) return failed(noExecution(id))
    const events = await readJournal(db, { tenantId, executionId: id }, offset, limit)
    const items = events.map(({ seq, event }) => eventBody(seq, event))
    const total = await countJournal(db, tenantId, id)
    return ok({ status: 200 as const, body: { items, total, total_is_exact: true, limit, offset } })
  },
})

const votes = route({
  method: 'GET',
  path: '/executions/{id}/votes',
  operation: 'listExecutionVotes',
  tag: 'Executions',
  summary: 'List the votes in an execution',
  description: 'On all of its approvals, in the order in which they were cast.',
  access: 'executions:read',
  problems: ['not_found'],
  params: idParams,
  query: z.strictObject(pageQuery),
  answers: {
    200: {
      description: 'A page of votes.',
      schema: pageOf(executionVote),
      example: {
        items: [
          {
            approval_id: '01a1ff28-479d-702e-847d-9f8b6b253e0e',
            step: 'agree',
            item: null,
            member: { id: '01a1ff28-479d-702e-847d-a2c4d5e6f708', name: 'Ana', email: 'ana@acme.example' },
            vote: 'approve',
            reason: 'Within the budget.',
            channel: 'api',
            created_at: '2026-11-21T12:00:00.000Z',
          },
        ],
        total: 1,
        total_is_exact: true,
        limit: 50,
        offset: 0,
      },
    },
  },
  async handle({ db, principal: { tenantId }, params: { id }, query }) {
    const { limit, offset } = query
    if (!(await hasExecution(db, tenantId, id))) return failed(noExecution(id))
    const { votes: found, counted } = await listExecutionVotes(db, tenantId, id, query)
    return ok({
      status: 200 as const,
      body: { items: found.map(voteBody), total: counted, total_is_exact: true, limit, offset },
    })
  },
})

export const executionJournalRoutes = [journal, votes]
