// Who somebody is to a draft: whether it is there for them, and what they may do with it.

import { referenceTo } from '../kernel/access/actor.ts'
import { type DraftMove, type DraftParty, governsDrafts, moveProblem, seesDraft } from '../kernel/draft/moves.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import type { Queryable } from '../record/database.ts'
import type { DraftViewer } from '../record/draft-lists.ts'
import { findDraft, type Hand, lockDraft, type SeenDraft } from '../record/drafts.ts'
import type { Officer } from './people-parts.ts'

interface Clock {
  readonly now: () => number
}

/** What a caller saw is compared with what is there while nobody else can change it. */
export type DraftCheck = (draft: SeenDraft) => Result<unknown>

export function viewerOf(officer: Officer): DraftViewer {
  return { reference: referenceTo(officer), memberId: memberIdOf(officer), seesAll: governsDrafts(officer.role) }
}

/** Agents are asked nothing. */
const memberIdOf = ({ kind, id }: Officer): string | null => (kind === 'member' ? id : null)

export function partyOf(officer: Officer, draft: SeenDraft): DraftParty {
  const { role, scopes } = officer
  const reference = referenceTo(officer)
  return {
    role,
    scopes,
    isCreator: draft.createdBy === reference,
    isRequester: draft.submittedBy === reference,
    isAsked: draft.isAsked,
  }
}

/** Problem: `not_found`, also for a draft that is not theirs to see. */
export async function findSeenDraft(
  { now }: Clock,
  client: Queryable,
  officer: Officer,
  id: string,
): Promise<Result<SeenDraft>> {
  const viewer = { memberId: memberIdOf(officer), now: new Date(now()) }
  const draft = await findDraft(client, officer.tenantId, id, viewer)
  return draft === undefined || !seesDraft(partyOf(officer, draft), draft) ? failed(noDraft(id)) : ok(draft)
}

/** As `findSeenDraft`; nobody else moves it until the transaction ends. */
export async function lockSeenDraft(
  parts: Clock,
  client: Queryable,
  officer: Officer,
  id: string,
): Promise<Result<SeenDraft>> {
  await lockDraft(client, officer.tenantId, id)
  return findSeenDraft(parts, client, officer, id)
}

/** Locks a draft for a move that they may make. Problems: `not_found`, `forbidden`, `conflict`, those of `check`. */
export async function admitMove(
  parts: Clock,
  client: Queryable,
  officer: Officer,
  asked: { readonly id: string; readonly move: DraftMove; readonly check?: DraftCheck | undefined },
): Promise<Result<SeenDraft>> {
  const { id, move, check } = asked
  const draft = await lockSeenDraft(parts, client, officer, id)
  if (!draft.ok) return draft
  const refused = moveProblem(move, partyOf(officer, draft.value), { ...draft.value, isPreApproved: false })
  if (refused !== undefined) return failed(refused)
  const checked = check?.(draft.value) ?? ok(undefined)
  return checked.ok ? draft : checked
}

function noDraft(id: string): Problem {
  return { code: 'not_found', message: `There is no draft ${id}.` }
}

export function handOf(officer: Pick<Officer, 'kind' | 'id' | 'name'>, at: Date): Hand {
  return { by: referenceTo(officer), name: officer.name, at }
}

/** How the audit names it. */
export const objectOf = ({ id, name }: Pick<SeenDraft, 'id' | 'name'>) => ({ type: 'draft', id, name })
