// A worker process as its parent sees it: it is given orders, and what it reports is heard.

import { type ChildProcess, execFile, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Arm, type Hit, idle, type Message, type Orders, type Report, reportSchema } from './points.ts'
import { within } from './patience.ts'

const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url))
const run = promisify(execFile)

export interface WorkerSettings {
  readonly environment: Readonly<Record<string, string>>
  readonly effectsUrl: string
  readonly openFence: string | undefined
}

export class WorkerHandle {
  /** Resolves with the signal once the process is gone. */
  readonly gone: Promise<NodeJS.Signals | undefined>
  /** False when it ended, or hung, before it was ready: it may have met a server that was being killed. */
  readonly ready: Promise<boolean>
  isGone = false
  /** Why it ended without being killed, once it was ready. */
  failure: string | undefined
  /** The last lease of which it told. */
  workerId = ''
  hits: Hit[] = []
  /** Rows that the statement before which it stood still has brought in the end. */
  answers: number[] = []
  private readonly child: ChildProcess
  private readonly hear: (report: Report) => void
  private orders: Orders = idle
  private obeyed = -1

  constructor(settings: WorkerSettings, hear: (report: Report) => void) {
    this.hear = hear
    this.child = fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'] })
    const pipe = this.child.stdio[4]
    if (!(pipe instanceof Readable)) throw new Error('The worker process has no pipe.')
    createInterface(pipe).on('line', (line) => this.take(reportSchema.parse(JSON.parse(line))))
    let words = ''
    this.child.stderr?.on('data', (chunk) => (words = `${words}${String(chunk)}`.slice(-2000)))
    const exited = new Promise<NodeJS.Signals | undefined>((resolve) => {
      this.child.once('exit', (_code, signal) => resolve(signal ?? undefined))
    })
    const drained = new Promise<void>((resolve) => pipe.once('close', () => resolve()))
    // Once its pipe has been read to the end, all that it has reported is known.
    this.gone = Promise.all([exited, drained]).then(([signal]) => {
      this.isGone = true
      if (this.isReady && signal !== 'SIGKILL')
        this.failure = `ended by itself with ${signal ?? this.child.exitCode}: ${words}`
      return signal
    })
    this.child.on('error', () => undefined)
    this.ready = within(60_000, () => (this.isReady || this.isGone ? true : undefined)).then(() => this.isReady)
  }

  get isReady(): boolean {
    return this.obeyed >= 0
  }

  /** Changes its orders; resolves once it follows them, or is gone. */
  async order(change: Partial<Omit<Orders, 'id'>>): Promise<void> {
    this.orders = { ...this.orders, ...change, id: this.orders.id + 1 }
    const { id } = this.orders
    this.send({ tell: 'orders', orders: this.orders })
    await within(5000, () => (this.obeyed >= id || this.isGone ? true : undefined))
  }

  /** Arms it anew; what it was hit by before is forgotten. */
  arm(arms: readonly Arm[], change: Partial<Orders> = {}): Promise<void> {
    this.hits = []
    this.answers = []
    return this.order({ ...change, arms: [...arms] })
  }

  letGoOn(): void {
    this.send({ tell: 'go on' })
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Whether it stands still, by the word of the system. */
  async isStopped(): Promise<boolean> {
    const { stdout } = await run('ps', ['-o', 'state=', '-p', String(this.child.pid)])
    return stdout.trim().startsWith('T')
  }

  private send(message: Message): void {
    if (this.child.connected) this.child.send(message, () => undefined)
  }

  private take(report: Report): void {
    if (report.say === 'ordered') {
      this.obeyed = report.id
      this.workerId = report.worker
    }
    if (report.say === 'hit') this.hits.push(report)
    if (report.say === 'answered') this.answers.push(report.rows)
    this.hear(report)
  }
}
