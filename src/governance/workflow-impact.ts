// The impact class of a workflow in its tenant, the workflows that it starts included.

import { rulesFrom } from '../engine/gate/rules.ts'
import { childNamesOf } from '../kernel/impact/child-names.ts'
import { classify, type ImpactReason } from '../kernel/impact/classify.ts'
import type { Impact } from '../kernel/definition/action-shape.ts'
import { type Workflow, workflowSchema } from '../kernel/definition/workflow.ts'
import type { RegisteredAction } from '../packs/kit.ts'
import type { Queryable } from '../record/database.ts'
import { readGovernance } from '../record/policies.ts'
import { findDefinitions } from '../record/workflow-lists.ts'

export interface ImpactClass {
  readonly impact: Impact
  readonly reasons: readonly ImpactReason[]
}

/** Executions may not start one another more deeply than this either. */
const deepest = 20

/** By the tenant's policy as it is now. `actions` are those that the tenant sees; they know the installation's hosts. */
export async function impactOf(
  client: Queryable,
  tenantId: string,
  workflow: Workflow,
  actions: ReadonlyMap<string, RegisteredAction>,
): Promise<ImpactClass> {
  const rules = new Map([...actions].map(([name, { impact }]) => [name, impact] as const))
  const { raised, surroundings } = rulesFrom(await readGovernance(client, tenantId))
  const known = await definitionsBelow(client, tenantId, workflow)
  const judge = (one: Workflow, above: readonly string[]): ImpactClass => {
    const path = [...above, one.name]
    const children = childNamesOf(one).flatMap((name) => {
      const child = known.get(name)
      // One that starts itself again is no lower than what else it does; what is not known is C.
      return child === undefined || path.includes(name) ? [] : [[name, judge(child, path).impact] as const]
    })
    return classify(one, { actions: rules, children: new Map(children), raised, surroundings })
  }
  return judge(workflow, [])
}

/** The workflows that it starts, and those that they start, by name. */
async function definitionsBelow(
  client: Queryable,
  tenantId: string,
  workflow: Workflow,
): Promise<ReadonlyMap<string, Workflow>> {
  const known = new Map<string, Workflow>()
  let wanted = childNamesOf(workflow)
  for (let depth = 0; wanted.length > 0 && depth < deepest; depth++) {
    const found = await findDefinitions(client, tenantId, wanted)
    const children = found.map(({ definition }) => workflowSchema.parse(definition))
    for (const child of children) known.set(child.name, child)
    wanted = children.flatMap(childNamesOf).filter((name) => !known.has(name))
  }
  return known
}
