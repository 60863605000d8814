// Chained workflows: the end of one execution starts others.

import { isJsonObject } from '../../kernel/json.ts'
import { type ChainedEnd, forgetChainedEnds, lockChainedEnds } from '../../record/chained-ends.ts'
import { inTransaction, type Queryable } from '../../record/database.ts'
import { findTriggersOf, type FiringTrigger } from '../../record/triggers.ts'
import { type Firing, fireTriggers, type TriggerParts } from './firing.ts'

export interface Chain {
  /** Looks at some of the ends that nobody has looked at; returns how many. */
  startDue(): Promise<number>
}

const endsAtOnce = 200

export function createChain(parts: TriggerParts): Chain {
  return { startDue: () => inTransaction(parts.database.engine, (client) => startSome(parts, client)) }
}

async function startSome(parts: TriggerParts, client: Queryable): Promise<number> {
  const ends = await lockChainedEnds(client, endsAtOnce)
  if (ends.length === 0) return 0
  const subjects = ends.map(({ tenantId, workflow }) => ({ tenantId, subject: workflow }))
  const triggers = await findTriggersOf(client, 'workflow', subjects)
  const pairs = ends.flatMap((end) =>
    triggers.filter((trigger) => isFor(trigger, end)).map((trigger) => ({ end, trigger })),
  )
  const fired = await fireTriggers(parts, client, pairs.map(firingOf))
  // A version that was replaced in between: its end is looked at again, and the key keeps the other starts from repeating.
  const stale = new Set(pairs.filter((_, index) => fired[index]?.outcome === 'stale').map(({ end }) => end.executionId))
  const settled = ends.filter(({ executionId }) => !stale.has(executionId))
  await forgetChainedEnds(client, settled)
  return ends.length
}

function isFor({ tenantId, subject, definition }: FiringTrigger, end: ChainedEnd): boolean {
  if (!('workflow' in definition) || tenantId !== end.tenantId || subject !== end.workflow) return false
  return (definition.on ?? 'completed') === end.status
}

function firingOf({ end, trigger }: { end: ChainedEnd; trigger: FiringTrigger }): Firing {
  const { executionId, workflow, status, output, depth } = end
  return {
    trigger,
    depth: depth + 1,
    startedBy: `execution:${executionId}`,
    payload: { execution_id: executionId, workflow, status, output },
    // What the one returns is what the next is given, as far as it declares inputs.
    inputs: isJsonObject(output) ? output : {},
    dedupeKey: `chain:${trigger.id}:${executionId}`,
  }
}
