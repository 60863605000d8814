// The life of a draft: which moves are legal in which status and by whom, read by the server, the tests and the buttons alike.

import { may, type Permission, type Role } from '../access/permissions.ts'
import type { Problem } from '../problem.ts'

/** `editing`: it can be changed. `pending_review`: it waits for votes. `discarded`: kept, and out of the way. */
export const draftStatuses = ['editing', 'pending_review', 'approved', 'rejected', 'converted', 'discarded'] as const
export type DraftStatus = (typeof draftStatuses)[number]

interface Move {
  readonly from: readonly DraftStatus[]
  readonly permission: Permission
  /** Owners and admins may as well. */
  readonly by: 'creator' | 'requester'
  readonly participle: string
}

export const draftMoves = {
  edit: { from: ['editing'], permission: 'drafts:write', by: 'creator', participle: 'edited' },
  submit: { from: ['editing'], permission: 'drafts:write', by: 'creator', participle: 'submitted' },
  withdraw: { from: ['pending_review'], permission: 'drafts:write', by: 'requester', participle: 'withdrawn' },
  reopen: { from: ['rejected', 'approved'], permission: 'drafts:write', by: 'creator', participle: 'reopened' },
  discard: {
    from: ['editing', 'rejected', 'approved'],
    permission: 'drafts:write',
    by: 'creator',
    participle: 'discarded',
  },
  convert: { from: ['approved'], permission: 'drafts:convert', by: 'creator', participle: 'converted' },
} as const satisfies Record<string, Move>

export type DraftMove = keyof typeof draftMoves
export const draftMoveNames = Object.keys(draftMoves).filter(isDraftMove)

function isDraftMove(name: string): name is DraftMove {
  return Object.hasOwn(draftMoves, name)
}

/** Somebody, with regard to one draft. */
export interface DraftParty {
  readonly role: Role
  /** Of an API key; absent for all that the role may. */
  readonly scopes?: readonly Permission[] | undefined
  readonly isCreator: boolean
  readonly isRequester: boolean
  /** Whether its approval asks them. */
  readonly isAsked: boolean
}

export interface DraftState {
  readonly status: DraftStatus
  /** It comes from a template whose pre-approval stands and covers it: no review is needed. */
  readonly isPreApproved: boolean
}

/** Owners and admins govern: they see and move every draft. */
export function governsDrafts(role: Role): boolean {
  return role === 'owner' || role === 'admin'
}

/** Whether a draft is there at all for somebody: its creator, owners and admins, and whom it asks while it is pending. */
export function seesDraft({ role, isCreator, isAsked }: DraftParty, { status }: Pick<DraftState, 'status'>): boolean {
  return governsDrafts(role) || isCreator || (isAsked && status === 'pending_review')
}

/**
 * Why somebody who sees a draft cannot make a move; undefined when they can. `forbidden` says who may, `conflict` in which
 * status it would be possible.
 */
export function moveProblem(move: DraftMove, party: DraftParty, state: DraftState): Problem | undefined {
  const { from, permission, by, participle }: Move = draftMoves[move]
  if (!may(party.role, permission, party.scopes)) return { code: 'forbidden', message: sayPermission(move, party) }
  const isTheirs = by === 'creator' ? party.isCreator : party.isRequester
  if (!isTheirs && !governsDrafts(party.role)) {
    const whose = by === 'creator' ? 'who created it' : 'who submitted it'
    return { code: 'forbidden', message: `It can be ${participle} by ${whose}, an owner or an admin.` }
  }
  const possible = move === 'convert' && state.isPreApproved ? [...from, 'editing'] : from
  if (possible.includes(state.status)) return undefined
  const message = `The draft is ${sayStatus(state.status)}: it cannot be ${participle}. It would have to be ${from.map(sayStatus).join(' or ')}.`
  const hint = hints[state.status]
  return { code: 'conflict', message, ...(hint !== undefined && { hint }) }
}

const hints: Readonly<Partial<Record<DraftStatus, string>>> = {
  editing: 'Submit it first.',
  pending_review: 'Withdraw it to change it, or wait for the decision.',
  rejected: 'Reopen it, mend it, and submit it again.',
}

export const sayStatus = (status: DraftStatus): string => status.replace('_', ' ')

function sayPermission(move: DraftMove, { role, scopes }: DraftParty): string {
  const { permission }: Move = draftMoves[move]
  if (may(role, permission)) return `This API key lacks the scope "${permission}": it has ${scopes?.join(', ')}.`
  if (role === 'agent') return `Agents draft and ask: a person has to ${move} this.`
  return `The role "${role}" does not have "${permission}".`
}
