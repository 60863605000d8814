// Separation of duties: who may vote on what they had a hand in.

import type { Problem } from '../problem.ts'

/** A hand that somebody had in the thing to decide on. */
export type Hand = 'requester' | 'author' | 'last_editor'

/** The hands that keep a member from voting. A tenant may change the list. */
export interface SeparationPolicy {
  readonly exclude: readonly Hand[]
}

export const strictSeparation: SeparationPolicy = { exclude: ['requester', 'author', 'last_editor'] }

interface Candidate {
  readonly member: { readonly id: string; readonly isAgent: boolean }
  /** Member ids; undefined where nobody had this hand (an event started the execution). */
  readonly requester: string | undefined
  readonly author: string | undefined
  readonly lastEditor: string | undefined
  readonly policy: SeparationPolicy
}

const deeds: Record<Hand, string> = {
  requester: 'asked for it',
  author: 'built it',
  last_editor: 'edited it last',
}

/** Whether the member may vote; `voteProblem` says why not. */
export function mayVote(candidate: Candidate): boolean {
  return voteProblem(candidate) === undefined
}

/** Why the member may not vote, undefined when they may. An agent never may, whatever the policy. For a delegate ask twice: for the delegate and for the member whose seat it is. */
export function voteProblem(candidate: Candidate): Problem | undefined {
  const { member, requester, author, lastEditor, policy } = candidate
  if (member.isAgent) return refused('An agent cannot vote: a person has to decide. Ask a member of the approvers.')
  const holders: Record<Hand, string | undefined> = { requester, author, last_editor: lastEditor }
  const held = policy.exclude.find((hand) => holders[hand] === member.id)
  return held && refused(`You cannot vote on this: you ${deeds[held]}. Another member has to decide.`)
}

function refused(message: string): Problem {
  return { code: 'forbidden', message }
}
