// Rules of a policy that nobody could meet, found when they are saved.

import { canonicalJson } from '../kernel/definition/canonical-json.ts'
import { type Governance, impacts, needs } from '../kernel/policy/governance-policy.ts'
import type { Problem } from '../kernel/problem.ts'
import { type Approvers, ruleProblem } from '../kernel/voting/rule-problem.ts'
import type { QuorumRule } from '../kernel/voting/tally.ts'
import type { Queryable } from '../record/database.ts'
import { membersOfAudience } from '../record/members.ts'

/** A problem for each rule that is new and that the members of now cannot meet. */
export async function unreachableRules(
  client: Queryable,
  tenantId: string,
  before: Governance,
  after: Governance,
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const { pointer, approvers, quorum } of rulesOf(after)) {
    const isOld = rulesOf(before).some((rule) => canonicalJson(rule) === canonicalJson({ pointer, approvers, quorum }))
    if (isOld) continue
    const { length: seats } = await membersOfAudience(client, tenantId, approvers)
    const problem = ruleProblem({ rule: quorum, seats, approvers })
    if (problem !== undefined) problems.push({ ...problem, pointer })
  }
  return problems
}

interface PlacedRule {
  readonly pointer: string
  readonly approvers: Approvers
  readonly quorum: QuorumRule
}

function rulesOf({ classes, on_expiry: onExpiry }: Governance): PlacedRule[] {
  const ofClasses = impacts.flatMap((impact) =>
    needs.flatMap((need) => {
      const rule = classes[impact][need]
      if (rule === 'none') return []
      return [{ pointer: `/classes/${impact}/${need}`, approvers: rule.approvers, quorum: rule.quorum }]
    }),
  )
  if (onExpiry === 'reject') return ofClasses
  return [...ofClasses, { pointer: '/on_expiry/escalate_to', approvers: onExpiry.escalate_to, quorum: 1 }]
}
