// Where a draft's life is played: people of each role, a council, and how a move is made for real.

import { createStarter } from '../../src/engine/triggers/starter.ts'
import { convertDraft } from '../../src/governance/draft-conversion.ts'
import { discardDraft, editDraft, reopenDraft } from '../../src/governance/draft-editing.ts'
import { submitDraft } from '../../src/governance/draft-submission.ts'
import { withdrawDraft } from '../../src/governance/draft-withdrawal.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import type { ConversionParts } from '../../src/governance/draft-ending.ts'
import type { Officer } from '../../src/governance/people-parts.ts'
import { ok, type Result } from '../../src/kernel/problem.ts'
import type { DraftContent } from '../../src/kernel/draft/difference.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { asTenant, type Database, type Queryable } from '../../src/record/database.ts'
import { insertCouncil } from '../../src/record/councils.ts'
import { insertMember, type Member } from '../../src/record/members.ts'
import { openTenantTransaction } from '../../src/record/tenant-transaction.ts'
import { campaign } from '../drafts/draft.test-kit.ts'
import { createTestTenant, newId } from '../setup/database.ts'
import type { ModelMove } from './draft-model.ts'

export type DraftStage = Awaited<ReturnType<typeof openDraftStage>>

/** A governed tenant with a media council of three, one of each role, and an agent. */
export async function openDraftStage(database: Database) {
  const tenant = await createTestTenant(database, { governed: true })
  const tenantId = tenant.id
  const more = async (name: string, role: 'admin' | 'viewer') => {
    const email = `${name.toLowerCase()}@acme.example`
    return asTenant(database, tenantId, (client) =>
      insertMember(client, { tenantId, id: newId(), email, name, role, approverRoles: [], createdAt: new Date() }),
    )
  }
  const [eve, finn] = [await more('Eve', 'admin'), await more('Finn', 'viewer')]
  const { ana, ben, cleo, dora } = tenant.members
  const council = {
    tenantId,
    id: newId(),
    name: 'media',
    title: 'Media',
    domain: 'media',
    threshold: 'majority',
  } as const
  const memberIds = [ben.id, cleo.id, dora.id]
  await asTenant(database, tenantId, (client) =>
    insertCouncil(client, { ...council, memberIds, createdAt: new Date() }),
  )
  const facts = { tenantId, channel: 'api', address: null, requestId: null } as const
  const asMember = ({ id, name, role }: Member): Officer => ({ ...facts, kind: 'member', id, name, role })
  const agent: Officer = { ...facts, kind: 'agent', id: newId(), name: 'Scribe', role: 'agent' }
  // The last of them, the viewer, creates nothing.
  const people = [...[ana, ben, cleo, dora, eve].map(asMember), agent, asMember(finn)]
  return { tenantId, people, memberIds }
}

interface StageParts extends ConversionParts {
  readonly database: Database
}

export function stageParts(database: Database): StageParts {
  const clock = { now: Date.now, newId }
  const evaluate = () => Promise.reject(new Error('Nothing here has an expression.'))
  const starter = createStarter({ database, ...clock, evaluate, maxPayload: 100_000 })
  return { ...clock, database, registry: createHouseRegistry(), starter }
}

export const contentOf = (category: string, name: string): DraftContent => ({
  ...{ name, purpose: null, workflow: null, schedule: null, council: null },
  source: campaign(`model-${category}`, 'Go', category),
  inputs: { budget: 1 },
})

/** As a request: what is refused leaves nothing. */
export async function inRequest<T>(
  database: Database,
  tenantId: string,
  work: (client: Queryable) => Promise<Result<T>>,
): Promise<Result<T>> {
  const transaction = openTenantTransaction(database, tenantId)
  try {
    const result = await work(transaction.client)
    await (result.ok ? transaction.commit() : transaction.rollback())
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

export interface Turn {
  readonly id: string
  readonly approvalId: string | null
  readonly move: ModelMove
  readonly turn: number
}

export function perform(parts: StageParts, client: Queryable, officer: Officer, { id, approvalId, move, turn }: Turn) {
  const anything = () => ok(undefined)
  switch (move) {
    case 'edit':
      return editDraft(parts, client, officer, { id, edit: { name: `Turn ${turn}` }, check: anything })
    case 'submit':
      return submitDraft(parts, client, officer, { id })
    case 'withdraw':
      return withdrawDraft(parts, client, officer, { id, reason: 'Changed my mind.' })
    case 'reopen':
      return reopenDraft(parts, client, officer, id)
    case 'discard':
      return discardDraft(parts, client, officer, id, null)
    case 'convert':
      return convertDraft(parts, client, officer, { id, starts: true })
    case 'approve':
    case 'reject': {
      const vote = { approvalId: approvalId ?? newId(), memberId: officer.id ?? '', vote: move }
      return decideApproval(parts, client, officer, vote)
    }
  }
}
