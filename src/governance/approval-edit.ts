// Edit and approve: what is approved is what the approver made of it, and those who voted on something else vote again.

import type { Json } from '../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import type { Queryable } from '../record/database.ts'
import { type DecisionParts, kindHandlers } from './approval-kinds.ts'
import { isSameJson, type Standing, stepHash } from './approval-standing.ts'
import { subjectOf } from './settle-approval.ts'

interface Edit {
  readonly vote: 'approve' | 'reject'
  readonly edit?: Json
}

/** The approval as it stands with an edit; as it is without one. Problems: `forbidden`, `invalid_input`. */
export async function editOf(
  parts: DecisionParts,
  client: Queryable,
  standing: Standing,
  { vote, edit }: Edit,
): Promise<Result<Standing>> {
  if (edit === undefined) return ok(standing)
  const { approval, mayEdit } = standing
  if (vote === 'reject') return failed(invalid('Whoever rejects changes nothing. Leave the edit out, or approve.'))
  if (!mayEdit) {
    const message = 'This is approved as it is, or not at all: the policy allows no edit of it.'
    return failed({ code: 'forbidden', message, hint: 'Reject it and say what has to change.' })
  }
  const hash = await hashWith(parts, client, standing, edit)
  if (!hash.ok) return hash
  if (hash.value === standing.hash) return ok(standing)
  return ok({ ...standing, hash: hash.value, approval: { ...approval, edit, editHash: hash.value } })
}

async function hashWith(
  parts: DecisionParts,
  client: Queryable,
  { approval, hash }: Standing,
  edit: Json,
): Promise<Result<string>> {
  const subject = subjectOf(approval)
  if (subject === undefined)
    return ok(
      isSameJson(edit, approval.editHash === null ? approval.details : approval.edit) ? hash : stepHash(approval, edit),
    )
  const { withEdit } = (parts.kinds ?? kindHandlers)[subject.kind]
  if (withEdit === undefined) {
    const message = `An approval of kind "${subject.kind}" cannot be edited while it is decided.`
    return failed({ code: 'forbidden', message, hint: 'Reject it and say what has to change.' })
  }
  const edited = await withEdit(parts, client, approval.tenantId, subject.subjectId, edit)
  return edited.ok ? ok(edited.value.hash) : edited
}

function invalid(message: string): Problem {
  return { code: 'invalid_input', message, pointer: '/edit' }
}
