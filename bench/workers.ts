// The parent's side of worker processes: starts them on a stage's database, asks them, ends or kills them.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import type { BenchServer } from './server.ts'
import type { Stage } from './stage.ts'

export interface Memory {
  readonly rssMb: number
  readonly heapMb: number
}

export interface WorkerProcess {
  readonly workerId: string
  /** Executions whose end this worker made durable. */
  readonly endedCount: number
  /** Hears after each change of `endedCount`. */
  onEnded(hear: () => void): void
  /** CPU time since the process began. */
  cpuMs(): Promise<number>
  /** After a full collection. */
  memory(): Promise<Memory>
  kill(): Promise<void>
  stop(): Promise<void>
}

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), workerId: z.string() }),
  z.object({ type: z.literal('ended'), count: z.number() }),
  z.object({ type: z.literal('cpu'), cpuMs: z.number() }),
  z.object({ type: z.literal('memory'), rss: z.number(), heapUsed: z.number() }),
])
type Message = z.infer<typeof message>

const program = new URL('./worker-process.ts', import.meta.url).pathname

/** Runs `work` with so many workers, and ends those that are still there. */
export async function withWorkers<T>(
  server: BenchServer,
  stage: Stage,
  count: number,
  work: (workers: readonly WorkerProcess[]) => Promise<T>,
): Promise<T> {
  const workers: WorkerProcess[] = []
  try {
    for (let index = 0; index < count; index++) workers.push(await startWorker(server, stage))
    return await work(workers)
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}

async function startWorker(server: BenchServer, stage: Stage): Promise<WorkerProcess> {
  const environment = { DATABASE_URL: stage.access.url, COUNTERSIGN_KEY_FILE: server.keyFile }
  const child = spawn(process.execPath, ['--expose-gc', program], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { workerId } = await told(child, 'ready')
  let endedCount = 0
  let hear = (): void => {}
  child.on('message', (raw) => {
    const parsed = message.parse(raw)
    if (parsed.type !== 'ended') return
    endedCount += parsed.count
    hear()
  })
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return {
    workerId,
    get endedCount() {
      return endedCount
    },
    onEnded: (listener) => {
      hear = listener
    },
    cpuMs: async () => (await ask(child, 'cpu')).cpuMs,
    memory: async () => {
      const { rss, heapUsed } = await ask(child, 'memory')
      return { rssMb: rss / 1e6, heapMb: heapUsed / 1e6 }
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

async function ask<Type extends 'cpu' | 'memory'>(child: ChildProcess, type: Type) {
  const answer = told(child, type)
  child.send(type)
  return answer
}

/** The next message of a type; fails when the process ends before it. */
function told<Type extends Message['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Message, { type: Type }>> {
  const isOf = (parsed: Message): parsed is Extract<Message, { type: Type }> => parsed.type === type
  return new Promise((resolve, reject) => {
    const exited = () => reject(new Error('A worker process ended by itself.'))
    const listener = (raw: unknown) => {
      const parsed = message.parse(raw)
      if (!isOf(parsed)) return
      child.off('message', listener)
      child.off('exit', exited)
      resolve(parsed)
    }
    child.on('message', listener)
    child.once('exit', exited)
  })
}
