// The worker processes of a run: they live across rounds, those that die are replaced, some stand aside for a while.

import type { Report } from './points.ts'
import { WorkerHandle, type WorkerSettings } from './worker-handle.ts'

const size = 4

export class Crew {
  /** Events that workers acknowledged since the round began. */
  durable: string[] = []
  /** How often the database gave up a transaction since then. */
  rolledBack = 0
  /** What has become of processes that nobody killed. */
  readonly crashed: string[] = []
  /** Ahead of the machine's clock; it only grows, or what was planned by a clock that had jumped would never fall due. */
  aheadMs = 0
  private readonly settings: WorkerSettings
  private members: WorkerHandle[] = []
  private readonly aside: { readonly worker: WorkerHandle; readonly until: number }[] = []

  constructor(settings: WorkerSettings) {
    this.settings = settings
  }

  /** Brings the crew to its size; resolves once so many are ready, the others come later. */
  async muster(needed: number): Promise<WorkerHandle[]> {
    for (let tries = 0; tries < 10; tries++) {
      this.dismiss()
      while (this.members.length < size) this.members.push(this.bear())
      // Those that are still starting are waited for only if there are too few others.
      const found = this.members.toSorted((a, b) => Number(b.isReady) - Number(a.isReady)).slice(0, needed)
      const ready = await Promise.all(found.map((worker) => worker.ready))
      if (ready.every((isReady) => isReady)) return found
      for (const worker of found) if (!worker.isReady) worker.signal('SIGKILL')
      await Promise.all(found.flatMap((worker) => (worker.isReady ? [] : [worker.gone])))
    }
    throw new Error('Worker processes do not start.')
  }

  /** Gives orders to all that can hear them. */
  async all(change: Parameters<WorkerHandle['order']>[0], except: readonly WorkerHandle[] = []): Promise<void> {
    const others = this.members.filter((worker) => !except.includes(worker) && !worker.isGone && worker.isReady)
    await Promise.all(others.map((worker) => worker.order(change)))
  }

  /** It stands still while rounds go by. */
  setAside(worker: WorkerHandle, ms: number): void {
    this.members = this.members.filter((member) => member !== worker)
    this.aside.push({ worker, until: performance.now() + ms })
  }

  /** Lets those go on whose time has come; they are members again. */
  async letReturn(isLast = false): Promise<void> {
    for (const one of [...this.aside]) {
      const left = one.until - performance.now()
      if (left > 0 && !isLast) continue
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
      this.aside.splice(this.aside.indexOf(one), 1)
      one.worker.signal('SIGCONT')
      await one.worker.order({ arms: [], barred: 'all' })
      this.members.push(one.worker)
    }
  }

  async disband(): Promise<void> {
    const all = [...this.members, ...this.aside.map(({ worker }) => worker)]
    for (const worker of all) worker.signal('SIGKILL')
    await Promise.all(all.map(({ gone }) => gone))
  }

  /** Forgets those that are gone, and notes which of them nobody has killed. */
  private dismiss(): void {
    const gone = this.members.filter(({ isGone }) => isGone)
    this.members = this.members.filter(({ isGone }) => !isGone)
    this.crashed.push(...gone.flatMap(({ failure }) => (failure === undefined ? [] : [`A worker process ${failure}.`])))
  }

  private bear(): WorkerHandle {
    return new WorkerHandle(this.settings, (report) => this.hear(report))
  }

  private hear(report: Report): void {
    if (report.say === 'durable') this.durable.push(...report.events)
    if (report.say === 'rolled back') this.rolledBack++
  }
}
