// Latency one at a time: from a start to the first durable step, and from a decision to the next one.

import { decideApproval } from '../src/governance/decide.ts'
import { operatorOf } from '../src/kernel/access/actor.ts'
import { asTenant } from '../src/record/database.ts'
import type { Bench } from './bench.ts'
import { onStage, type Stage } from './stage.ts'
import { latencies } from './statistics.ts'
import { gated, linear } from './workloads.ts'

const firstStep: Bench = {
  name: 'first-step',
  about: 'one at a time: from the call of start until the first step is durable',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      await stage.save(linear)
      await stage.play(linear, scaled(100))
      const all: number[] = []
      for (let turn = 0; turn < scaled(500); turn++) {
        const ended = stage.durable.next(1, { type: 'execution.ended' })
        const first = stage.durable.next(1, { type: 'step.completed', step: 's0' })
        const before = performance.now()
        const started = stage.start(linear)
        await first
        all.push(performance.now() - before)
        await Promise.all([started, ended])
      }
      return [{ bench: 'first-step', values: latencies(all) }]
    }),
}

const resume: Bench = {
  name: 'resume',
  about: 'one at a time: from the deciding vote on a parked execution until its next step is durable',
  measure: async ({ server, scaled }) =>
    onStage(server, { engine: true }, async (stage) => {
      await stage.save(gated)
      const approvals = await parkGated(stage, scaled(500))
      const all: number[] = []
      for (const approvalId of approvals) {
        const next = stage.durable.next(1, { type: 'step.completed', step: 'after' })
        const before = performance.now()
        await approve(stage, approvalId)
        await next
        all.push(performance.now() - before)
      }
      return [{ bench: 'resume', values: latencies(all) }]
    }),
}

/** Starts so many and returns their approvals' ids once all are parked. */
export async function parkGated(stage: Stage, times: number): Promise<string[]> {
  const approvals: string[] = []
  // What an execution waits for and that it is parked is one commit.
  const parked = stage.durable.next(times, { type: 'step.waiting', step: 'gate' }, ({ event }) => {
    if (event.type === 'step.waiting' && event.wait.ref !== undefined) approvals.push(event.wait.ref)
  })
  await stage.startMany(gated, times)
  await parked
  return approvals
}

/** Casts the owner's vote, which decides. */
export async function approve({ house, tenantId, ownerId }: Stage, approvalId: string): Promise<void> {
  const vote = { approvalId, memberId: ownerId, vote: 'approve' } as const
  const cast = await asTenant(house.database, tenantId, (client) =>
    decideApproval(house, client, operatorOf(tenantId), vote),
  )
  if (!cast.ok) throw new Error(cast.problems.map(({ message }) => message).join(' '))
}

export const latencyBenches: readonly Bench[] = [firstStep, resume]
