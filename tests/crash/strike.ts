// The fault of a round, carried out: the workers are armed, the point is waited for, and the parent does its part.

import { setTimeout as pause } from 'node:timers/promises'
import { deadlock, isMarkedDead, terminate } from './crash-sql.ts'
import { inTime, persist, within } from './patience.ts'
import type { Plan } from './plan.ts'
import type { Arm, Hit } from './points.ts'
import type { Scene } from './scene.ts'
import { leaseMs, type Stage } from './stage.ts'
import type { WorkerHandle } from './worker-handle.ts'

/** How long a fault may take to come about before the round has failed. */
const patienceMs = 20_000
/** From then on all new work goes to the worker that is to be hit. */
const shareMs = 700
const moreEveryMs = 300
/** How long a clock stays wrong. */
const wrongMs = 200

const dying: Arm = { point: 'run', when: 'before', deed: 'kill', nth: 1 }

export class Strike {
  readonly problems: string[] = []
  /** Leases that nobody holds any more: each must be marked dead. */
  readonly orphans: string[] = []
  /** What came about, by fault, point and moment. */
  readonly fired: string[] = []
  private readonly stage: Stage
  private readonly scene: Scene
  private readonly plan: Plan
  private readonly victim: WorkerHandle
  private readonly others: readonly WorkerHandle[]

  constructor(stage: Stage, scene: Scene, plan: Plan, active: readonly WorkerHandle[]) {
    const [victim, ...others] = active
    if (victim === undefined) throw new Error('There is no worker.')
    this.stage = stage
    this.scene = scene
    this.plan = plan
    this.victim = victim
    this.others = others
  }

  /** Gives each process its orders, before there is any work. */
  async prepare(): Promise<void> {
    const { fault } = this.plan
    const { crew } = this.stage
    const isTakeover = fault.arm.point === 'takeover'
    const isUnarmed = fault.name === 'serialization'
    const calm = { aheadMs: crew.aheadMs, isSerializable: isUnarmed, arms: [] }
    const [heir] = this.others
    await Promise.all([
      crew.all({ ...calm, isSerializable: false, barred: 'all' }, [this.victim, ...this.others]),
      this.victim.arm(isUnarmed ? [] : [isTakeover ? dying : fault.arm], { ...calm, barred: 'nothing' }),
      ...this.others.map((worker) =>
        worker.arm(isTakeover && worker === heir ? [fault.arm] : [], { ...calm, barred: this.barredAtFirst(worker) }),
      ),
    ])
  }

  async carryOut(): Promise<void> {
    const { name, jumpMs } = this.plan.fault
    switch (name) {
      case 'kill':
        return this.kill(this.victim)
      case 'stop':
        return this.stop(this.victim)
      case 'long':
        return this.standAside()
      case 'zombie':
        return this.rise()
      case 'lost answer':
      case 'early break':
        return void (await this.hit(this.victim))
      case 'takeover kill':
      case 'takeover stop':
      case 'takeover lost answer':
        return this.hitHeir()
      case 'server kill':
        return this.killServer()
      case 'disconnect':
        return this.disconnect()
      case 'deadlock':
        return this.deadlock()
      case 'serialization':
        return this.serialize()
      case 'clock forward':
      case 'clock back':
        return this.jump(jumpMs)
    }
  }

  /** A takeover is the heir's alone, and an heir of a zombie waits with its claims. */
  private barredAtFirst(worker: WorkerHandle): 'nothing' | 'claims' | 'all' {
    const { name, arm } = this.plan.fault
    if (name === 'zombie') return 'claims'
    if (arm.point === 'takeover') return worker === this.others[0] ? 'claims' : 'all'
    return 'nothing'
  }

  /** Waits until a worker is hit, and gives more work until it is. */
  private async hit(worker: WorkerHandle, record = true): Promise<Hit | undefined> {
    const begun = performance.now()
    const isUnarmedTakeover = this.plan.fault.arm.point === 'takeover'
    let moreAt = begun + moreEveryMs
    let isShared = isUnarmedTakeover
    const hit = await within(patienceMs, async () => {
      const now = performance.now()
      const [found] = worker.hits
      if (found !== undefined) return found
      if (!isShared && now > begun + shareMs) {
        isShared = true
        await Promise.all(this.others.map((other) => other.order({ barred: 'claims' })))
      }
      if (now > moreAt) {
        moreAt = now + moreEveryMs
        await this.moreWork()
      }
      return undefined
    })
    if (hit === undefined) this.problems.push(`The fault never came about: ${this.what()}.`)
    else if (record) this.fired.push(this.what())
    if (!isUnarmedTakeover && isShared) await this.unbar()
    return hit
  }

  private async moreWork(): Promise<void> {
    const [first] = this.plan.starts
    if (first !== undefined) await this.scene.start({ workflow: first.workflow, count: 3 })
  }

  private async unbar(): Promise<void> {
    await Promise.all(
      this.others.filter(({ isGone }) => !isGone).map((other) => other.order({ barred: 'nothing', arms: [] })),
    )
  }

  private async kill(worker: WorkerHandle, record = true): Promise<void> {
    const hit = await this.hit(worker, record)
    if (hit === undefined) return
    this.orphans.push(hit.worker)
    const signal = await inTime(5000, worker.gone)
    if (signal !== 'SIGKILL') this.problems.push(`A worker was to be killed and ended with ${signal ?? 'nothing'}.`)
  }

  private async stop(worker: WorkerHandle): Promise<void> {
    const hit = await this.hit(worker)
    if (hit === undefined || !(await this.standsStill(worker))) return
    await this.outlast(hit)
    worker.signal('SIGCONT')
  }

  private async standsStill(worker: WorkerHandle): Promise<boolean> {
    const isStill = await within(5000, async () => ((await worker.isStopped()) ? true : undefined))
    if (isStill !== true) this.problems.push('A worker was to stand still and did not.')
    return isStill ?? false
  }

  /** Until the lease has been taken over; without others until it has run out. */
  private async outlast({ worker }: Hit): Promise<void> {
    if (this.others.every(({ isGone }) => isGone) || this.plan.fault.arm.point === 'takeover') return pause(leaseMs * 2)
    await this.marked(worker)
  }

  private async marked(workerId: string): Promise<void> {
    const { owner } = this.stage
    const dead = await within(patienceMs, async () =>
      (await persist(() => isMarkedDead(owner, workerId))) ? true : undefined,
    )
    if (dead === undefined) this.problems.push(`The lease of worker ${workerId} was never taken over.`)
  }

  private async standAside(): Promise<void> {
    const hit = await this.hit(this.victim)
    if (hit === undefined || !(await this.standsStill(this.victim))) return
    await this.marked(hit.worker)
    this.stage.crew.setAside(this.victim, this.stage.longPauseMs)
  }

  /** It goes on when its lease has been taken over and nobody has claimed yet what was its own. */
  private async rise(): Promise<void> {
    const hit = await this.hit(this.victim)
    if (hit === undefined || !(await this.standsStill(this.victim))) return
    await this.marked(hit.worker)
    if (this.plan.fault.arm.point !== 'append') await this.moreWork()
    this.victim.signal('SIGCONT')
    const answer = await within(5000, () => this.victim.answers[0])
    if (answer === undefined) this.problems.push('What a zombie wrote was never answered.')
    await this.unbar()
  }

  private async hitHeir(): Promise<void> {
    const [heir] = this.others
    await this.kill(this.victim, false)
    if (heir === undefined) return
    const { deed } = this.plan.fault.arm
    if (deed === 'kill') await this.kill(heir)
    else if (deed === 'stop') await this.stop(heir)
    else await this.hit(heir)
    await this.unbar()
  }

  private async killServer(): Promise<void> {
    const { server } = this.stage
    if ((await this.hit(this.victim, false)) === undefined) return
    if ((await server.kill()) > 1) this.fired.push(this.what())
    else this.problems.push('There was no server to kill.')
    this.victim.letGoOn()
    await server.restart()
  }

  private async disconnect(): Promise<void> {
    const hit = await this.hit(this.victim, false)
    if (hit === undefined) return
    const count = await terminate(this.stage.owner, hit.backends)
    if (count > 0) this.fired.push(this.what())
    else this.problems.push('There was no connection to cut.')
    this.victim.letGoOn()
  }

  private async deadlock(): Promise<void> {
    const { crew, owner } = this.stage
    const before = crew.rolledBack
    for (let tries = 0; tries < 3; tries++) {
      const hit = await this.hit(this.victim, false)
      if (hit === undefined) return
      await deadlock(owner, hit.subject, () => this.victim.letGoOn())
      const met = await within(1000, () => (crew.rolledBack > before ? true : undefined))
      if (met === true) return void this.fired.push(this.what())
      await this.victim.arm([this.plan.fault.arm])
    }
    this.problems.push('There was no deadlock.')
  }

  private async serialize(): Promise<void> {
    const { crew } = this.stage
    const before = crew.rolledBack
    const met = await within(patienceMs, async () => {
      if (crew.rolledBack > before) return true
      await this.moreWork()
      return undefined
    })
    if (met === true) this.fired.push(this.what())
    else this.problems.push('No transaction failed to serialize.')
  }

  private async jump(jumpMs: number): Promise<void> {
    const { crew } = this.stage
    const hit = await this.hit(this.victim)
    if (hit === undefined) return
    await this.victim.order({ aheadMs: crew.aheadMs + jumpMs, arms: [] })
    this.victim.letGoOn()
    await pause(wrongMs)
    crew.aheadMs += Math.max(jumpMs, 0)
  }

  private what(): string {
    const { name, arm } = this.plan.fault
    if (name === 'serialization') return name
    return `${name} @ ${arm.when} ${arm.point}${arm.inTransaction === true ? ', in a transaction' : ''}`
  }
}
