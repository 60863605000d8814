// The approvals that a workflow would need: those of its steps and those of the tenant's policy, who could give each, and whether
// it can be met.

import type { Actor } from '../kernel/access/actor.ts'
import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import type { Workflow } from '../kernel/definition/workflow.ts'
import { isJsonObject, type Json } from '../kernel/json.ts'
import { type Approvers, ruleProblem } from '../kernel/voting/rule-problem.ts'
import { mayVote } from '../kernel/voting/separation.ts'
import { quorumNeeded, type QuorumRule } from '../kernel/voting/tally.ts'
import type { RehearsedRun } from '../engine/rehearsal/rehearsal.ts'
import type { Walk } from '../engine/rehearsal/walk.ts'
import { audience } from '../packs/kit.ts'
import type { Queryable } from '../record/database.ts'
import { membersOfAudience } from '../record/members.ts'
import { type ActivationNeeds, byRule } from './activation-needs.ts'

export interface Approver {
  readonly id: string
  readonly name: string
  readonly email: string
}

export interface NeededApproval {
  /** `step`: a step of each execution asks. `activation`: before it is active. `run`: the policy holds each execution. */
  readonly kind: 'step' | 'activation' | 'run'
  /** Of the kind `step`. */
  readonly step: string | null
  /** Of the kind `activation`: what is asked for. */
  readonly acts: readonly string[]
  /** Null where only a run tells. */
  readonly approvers: Approvers | null
  readonly quorum: QuorumRule | null
  /** Those who could vote; whoever asks for the preview is left out where they may not. */
  readonly who: readonly Approver[]
  readonly votesNeeded: number | null
  readonly canBeMet: boolean | null
  readonly problem: string | null
}

interface Sources {
  readonly workflow: Workflow
  readonly walk: Walk
  readonly needs: ActivationNeeds
}

type Rule = Pick<NeededApproval, 'kind' | 'step' | 'acts'> & {
  readonly approvers: Approvers
  readonly quorum: QuorumRule
}

export async function neededApprovals(client: Queryable, actor: Actor, sources: Sources): Promise<NeededApproval[]> {
  const needed: NeededApproval[] = []
  for (const rule of [...policyRules(sources.needs), ...stepRules(sources)]) {
    needed.push('approvers' in rule ? await judged(client, actor, sources.needs, rule) : unknownRule(rule.step))
  }
  return needed
}

function policyRules({ asked, governance, impact }: ActivationNeeds): Rule[] {
  const { run } = governance.classes[impact.impact]
  const activations = byRule(asked).map(({ rule: { approvers, quorum }, acts }) => ({
    kind: 'activation' as const,
    step: null,
    acts,
    approvers,
    quorum,
  }))
  if (run === 'none') return activations
  const { approvers, quorum } = run
  return [...activations, { kind: 'run', step: null, acts: [], approvers, quorum }]
}

/** Each rule of each approval step, of all ways; where an expression names the approvers it may be several. */
function stepRules({ workflow, walk }: Sources): (Rule | { readonly step: string })[] {
  const asking = workflow.steps.filter(({ action }) => action === 'approval.request')
  return asking.flatMap(({ id: step, config = {} }) => {
    const runs = walk.ways.flatMap(({ runs: all }) => all.filter((run) => run.step === step))
    const configs = runs.length === 0 ? [config] : runs.map((run) => knownConfig(run))
    const rules = configs.map((one) => ruleOf(step, one))
    return [...new Map(rules.map((rule) => [canonicalJson(rule), rule])).values()]
  })
}

function knownConfig({ config, unknown }: RehearsedRun): Json {
  const isKnown = !unknown.some(({ pointer }) => /^\/(approvers|quorum)(\/|$)/.test(pointer))
  return isKnown ? config : null
}

function ruleOf(step: string, config: Json): Rule | { readonly step: string } {
  if (!isJsonObject(config)) return { step }
  const { approvers, quorum = 1 } = config
  const asked = audience.safeParse(approvers)
  const isRule = typeof quorum === 'number' || quorum === 'majority' || quorum === 'unanimous'
  if (!asked.success || !isRule || canonicalJson(approvers).includes('{{')) return { step }
  return { kind: 'step', step, acts: [], approvers: asked.data, quorum }
}

async function judged(
  client: Queryable,
  actor: Actor,
  { governance }: ActivationNeeds,
  { kind, step, acts, approvers, quorum }: Rule,
): Promise<NeededApproval> {
  const members = await membersOfAudience(client, actor.tenantId, approvers)
  const asker = actor.id ?? undefined
  const policy = { exclude: governance.separation }
  const hands = { requester: asker, author: asker, lastEditor: asker, policy }
  const voters = members.filter(({ id }) => mayVote({ member: { id, isAgent: false }, ...hands }))
  const excluded = members.length - voters.length
  const problem = ruleProblem({ rule: quorum, seats: members.length, excluded, approvers })
  return {
    kind,
    step,
    acts,
    approvers,
    quorum,
    who: voters.map(({ id, name, email }) => ({
      id,
      name,
      email,
    })),
    votesNeeded: quorumNeeded(quorum, members.length, excluded),
    canBeMet: problem === undefined,
    problem: problem?.message ?? null,
  }
}

function unknownRule(step: string | null): NeededApproval {
  const problem = 'Who is asked depends on what only a run gives.'
  const nothing = { acts: [], approvers: null, quorum: null, who: [], votesNeeded: null, canBeMet: null }
  return { kind: 'step', step, ...nothing, problem }
}
