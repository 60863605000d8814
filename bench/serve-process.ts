// `serve` and `worker` as an operator starts them: how long until they are ready, and when they idle, what they take.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { makeDataDir } from './server.ts'
import { median } from './statistics.ts'
import { ownCpuMs, residentMb } from './system-process.ts'

const command = new URL('../src/cli/countersign.ts', import.meta.url).pathname
const idleMs = 10_000

interface Running {
  /** From the start of the process to the line that says it is ready. */
  readonly readyMs: number
  readonly pid: number
  end(): Promise<void>
}

async function run(name: 'serve' | 'worker', dataDir: string): Promise<Running> {
  const before = performance.now()
  const environment = { PATH: process.execPath, COUNTERSIGN_DATA: dataDir, PORT: '0', LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, [command, name], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await readyLine(child)
  return {
    readyMs: performance.now() - before,
    pid: child.pid ?? Number.NaN,
    end: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
      process.off('exit', kill)
    },
  }
}

async function readyLine(child: ChildProcess): Promise<void> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    if (text.includes('is ready')) return
  }
  throw new Error('The process ended before it was ready.')
}

async function withDataDir<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await makeDataDir()
  try {
    return await work(dataDir)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

const starts = 3

const start: Bench = {
  name: 'start',
  about: 'serve until it is ready: on a fresh data directory, and on the same one again',
  measure: async ({ scaled }) => {
    const [cold, warm]: [number[], number[]] = [[], []]
    for (let turn = 0; turn < scaled(starts); turn++) {
      await withDataDir(async (dataDir) => {
        for (const times of [cold, warm]) {
          const server = await run('serve', dataDir)
          times.push(server.readyMs)
          await server.end()
        }
      })
    }
    const longest = { cold_longest_ms: Math.max(...cold), second_longest_ms: Math.max(...warm) }
    return [{ bench: 'start', values: { cold_ms: median(cold), second_ms: median(warm), ...longest } }]
  },
}

const idle: Bench = {
  name: 'idle',
  about: 'serve with its engine, and a worker alone, after ten idle seconds: memory and CPU of the Node process',
  measure: async ({ scaled }) => {
    const values: Record<string, number> = {}
    for (const name of ['serve', 'worker'] as const) {
      await withDataDir(async (dataDir) => {
        // The first start makes the cluster and the demo tenant, and keeps memory that no later one takes.
        const first = await run(name, dataDir)
        await pause(scaled(idleMs))
        values[`${name}_first_start_memory_mb`] = (await residentMb(first.pid)) ?? Number.NaN
        await first.end()
        const running = await run(name, dataDir)
        await pause(scaled(idleMs))
        values[`${name}_memory_mb`] = (await residentMb(running.pid)) ?? Number.NaN
        const [before, from] = [await ownCpuMs(running.pid), performance.now()]
        await pause(scaled(idleMs))
        values[`${name}_cpu_percent`] = (((await ownCpuMs(running.pid)) - before) / (performance.now() - from)) * 100
        await running.end()
      })
    }
    return [{ bench: 'idle', values }]
  },
}

export const serveBenches: readonly Bench[] = [start, idle]
