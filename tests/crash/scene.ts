// A tenant of a round's own: its people and workflows, what was started, and the people who decide and send events.

import { setTimeout as pause } from 'node:timers/promises'
import { pendingApprovals } from '../../src/governance/approvals.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { saveWorkflow, setWorkflowStatus } from '../../src/engine/triggers/save-workflow.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { asTenant } from '../../src/record/database.ts'
import { insertMember } from '../../src/record/members.ts'
import { insertTenant } from '../../src/record/tenants.ts'
import { countOpen, countScheduled, waitingFor } from './crash-sql.ts'
import { persist, within } from './patience.ts'
import type { Plan, Start } from './plan.ts'
import type { Stage } from './stage.ts'
import { eventType } from './workflows.ts'

export class Scene {
  readonly tenantId: string
  /** How often each workflow was started by the harness. */
  readonly started = new Map<string, number>()
  /** What people were told that cannot be. */
  readonly complaints: string[] = []
  private readonly stage: Stage
  private readonly members: string[] = []
  private readonly pinged = new Set<string>()
  private isOver = false
  private people: Promise<void> = Promise.resolve()

  constructor(stage: Stage) {
    this.stage = stage
    this.tenantId = stage.house.newId()
  }

  /** Makes the tenant and saves what the plan needs; its people begin to look after it. */
  async open({ starts, hasSchedule }: Plan): Promise<void> {
    const { house } = this.stage
    const { tenantId } = this
    const engine = house.database.engine
    const packs = ['core', 'crash']
    await insertTenant(engine, { id: tenantId, slug: `t-${tenantId}`, name: 'Crash', packs, createdAt: new Date() })
    for (const name of ['Ana', 'Ben']) {
      const id = house.newId()
      this.members.push(id)
      const email = `${name.toLowerCase()}@crash.example`
      const roles = { role: 'operator' as const, approverRoles: ['finance_manager'] }
      await insertMember(engine, { tenantId, id, email, name, ...roles, createdAt: new Date() })
    }
    const names = starts.map(({ workflow }) => workflow)
    const all = [...names, ...(names.includes('child') ? ['child-of'] : []), ...(hasSchedule ? ['schedule'] : [])]
    for (const name of all) {
      const workflow = this.stage.known.get(name)?.workflow
      if (workflow === undefined) throw new Error(`There is no workflow ${name}.`)
      const request = { workflow, source: JSON.stringify(workflow) }
      await asTenant(house.database, tenantId, (client) => saveWorkflow(house, client, operatorOf(tenantId), request))
    }
    this.people = this.lookAfter()
  }

  /** A start that is tried again after its answer was lost has the same key, so it starts nothing twice. */
  async start({ workflow, count }: Start): Promise<void> {
    const before = this.started.get(workflow) ?? 0
    this.started.set(workflow, before + count)
    await Promise.all(Array.from({ length: count }, (_, index) => this.startOne(workflow, `${before + index}`)))
  }

  private async startOne(workflow: string, key: string): Promise<void> {
    const { tenantId } = this
    const inputs = workflow === 'event' ? { ref: key } : {}
    const request = { tenantId, workflow, inputs, startedBy: 'crash', dedupeKey: key }
    const started = await persist(() => this.stage.house.starter.start(request))
    if (!started.ok) this.complaints.push(`${workflow} was not started: ${started.problems[0]?.message}`)
  }

  /** Ends the schedule once it has fired, waits until all has ended, and sends its people home; false when it takes too long. */
  async end(plan: Plan, ms: number): Promise<boolean> {
    const { house, owner } = this.stage
    if (plan.hasSchedule) {
      const fired = await within(ms, async () =>
        (await persist(() => countScheduled(owner, this.tenantId))) > 0 ? true : undefined,
      )
      if (fired === undefined) this.complaints.push('The schedule never fired.')
      const { tenantId } = this
      await persist(() =>
        asTenant(house.database, tenantId, (client) =>
          setWorkflowStatus(house, client, operatorOf(tenantId), 'schedule', 'inactive'),
        ),
      )
    }
    const ended = await within(ms, async () =>
      (await persist(() => countOpen(owner, this.tenantId))) === 0 ? true : undefined,
    )
    this.isOver = true
    await this.people
    return ended ?? false
  }

  private async lookAfter(): Promise<void> {
    while (!this.isOver) {
      // What fails because the database is away is tried again with the next look.
      await this.decide().catch(() => undefined)
      await this.ping().catch(() => undefined)
      await pause(30)
    }
  }

  private async decide(): Promise<void> {
    const { house } = this.stage
    const { tenantId } = this
    for (const memberId of this.members) {
      const pending = await pendingApprovals(house, tenantId, { memberId, limit: 100, offset: 0 })
      for (const { id } of pending) {
        const vote = { approvalId: id, memberId, vote: 'approve' } as const
        const cast = await asTenant(house.database, tenantId, (client) =>
          decideApproval(house, client, operatorOf(tenantId), vote),
        )
        // A vote whose answer was lost is there, and the second one is refused.
        if (!cast.ok && cast.problems[0]?.code !== 'conflict')
          this.complaints.push(`A vote: ${cast.problems[0]?.message}`)
      }
    }
  }

  private async ping(): Promise<void> {
    const { house, owner } = this.stage
    const { tenantId } = this
    for (const ref of await waitingFor(owner, tenantId)) {
      if (this.pinged.has(ref)) continue
      const event = { tenantId, type: eventType, source: 'crash', id: ref, data: { ref } }
      const first = await house.events.receive(event)
      this.pinged.add(ref)
      const second = await house.events.receive(event)
      if (!first.ok || !second.ok || !second.value.duplicate) this.complaints.push(`Event ${ref} was not taken once.`)
    }
  }
}
