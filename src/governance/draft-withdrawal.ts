// A draft that waits for votes is taken back, to be changed: its approval is withdrawn with it.

import { moveProblem } from '../kernel/draft/moves.ts'
import { failed, type Result } from '../kernel/problem.ts'
import type { Queryable } from '../record/database.ts'
import type { SeenDraft } from '../record/drafts.ts'
import type { KindParts } from './approval-kinds.ts'
import { withdrawApproval } from './approval-moves.ts'
import { findSeenDraft, partyOf } from './draft-access.ts'
import type { Officer } from './people-parts.ts'

/**
 * The approval is locked first, as whoever decides on it does; it then moves the draft. Problems: those of a move, `conflict`
 * (somebody was faster).
 */
export async function withdrawDraft(
  parts: KindParts,
  client: Queryable,
  officer: Officer,
  { id, reason }: { readonly id: string; readonly reason: string },
): Promise<Result<SeenDraft>> {
  const found = await findSeenDraft(parts, client, officer, id)
  if (!found.ok) return found
  const draft = found.value
  const refused = moveProblem('withdraw', partyOf(officer, draft), { ...draft, isPreApproved: false })
  if (refused !== undefined) return failed(refused)
  if (draft.approvalId === null) throw new Error(`Draft ${id} is pending without an approval`)
  const withdrawn = await withdrawApproval(parts, client, officer, { approvalId: draft.approvalId, reason })
  return withdrawn.ok ? findSeenDraft(parts, client, officer, id) : withdrawn
}
