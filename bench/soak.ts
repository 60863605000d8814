// The soak: full load for long, to see that memory and the tables that churn stay what they are. `node --expose-gc bench/soak.ts --minutes 30`

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { figureLine } from './figures.ts'
import { churningTables, keepingTables, type TableSize, tableSizes, walPosition } from './filling.ts'
import { measureReference } from './reference.ts'
import { withServer } from './server.ts'
import { SoakLoad } from './soak-load.ts'
import { onStage, type Stage } from './stage.ts'
import { median, slope } from './statistics.ts'

const longestPauseMs = 30_000
const fewestSamples = 9
const hourMs = 3_600_000

interface Sample {
  readonly atMs: number
  readonly steps: number
  readonly ended: number
  readonly failed: number
  readonly walMb: number
  readonly rssMb: number
  readonly heapMb: number
  readonly tables: readonly TableSize[]
}

async function sample(stage: Stage, load: SoakLoad): Promise<Sample> {
  const { engine } = stage.house.database
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    atMs: performance.now(),
    steps: load.steps,
    ended: load.ended,
    failed: load.failed,
    walMb: (await walPosition(engine)) / 1e6,
    rssMb: rss / 1e6,
    heapMb: heapUsed / 1e6,
    tables: await tableSizes(engine, [...churningTables, ...keepingTables]),
  }
}

/** Loads for so many minutes; returns what was seen along the way. */
async function soak(stage: Stage, minutes: number): Promise<readonly Sample[]> {
  const lengthMs = minutes * 60_000
  const pauseMs = Math.min(longestPauseMs, lengthMs / fewestSamples)
  const load = await SoakLoad.start(stage)
  const first = await sample(stage, load)
  const samples = [first]
  let last = first
  while (last.atMs - first.atMs < lengthMs) {
    await pause(pauseMs)
    const next = await sample(stage, load)
    console.log(sayProgress(first, last, next, load.parked))
    samples.push(next)
    last = next
  }
  await load.stop()
  return samples
}

function sayProgress(first: Sample, last: Sample, next: Sample, parked: number): string {
  const seconds = (next.atMs - last.atMs) / 1000
  const perS = (from: number, to: number) => ((to - from) / seconds).toFixed(0)
  const tables = next.tables.map(
    ({ table, tableMb, indexMb, deadRows }) =>
      `${table} ${tableMb.toFixed(1)}+${indexMb.toFixed(1)} MB ${deadRows} dead`,
  )
  return [
    `${((next.atMs - first.atMs) / 60_000).toFixed(1)} min`,
    `${perS(last.steps, next.steps)} steps/s, ${perS(last.ended, next.ended)} ended/s, ${parked} parked`,
    `rss ${next.rssMb.toFixed(0)} MB, heap ${next.heapMb.toFixed(1)} MB`,
    `WAL ${perS(last.walMb, next.walMb)} MB/s`,
    ...tables,
  ].join(' | ')
}

/** Memory is judged over the last two thirds, once caches have filled; tables by what they were a third in. */
function verdict(samples: readonly Sample[]): Record<string, number | boolean> {
  const [first, last] = [samples[0], samples.at(-1)]
  const settled = samples.slice(Math.floor(samples.length / 3))
  const [early] = settled
  if (first === undefined || last === undefined || early === undefined)
    throw new Error('The soak was too short to judge.')
  const seconds = (last.atMs - first.atMs) / 1000
  const grows = (value: (one: Sample) => number) =>
    slope(settled.map((one) => ({ x: one.atMs / hourMs, y: value(one) })))
  return {
    steps_per_s: (last.steps - first.steps) / seconds,
    minutes: seconds / 60,
    failed: last.failed,
    heap_mb: median(settled.map(({ heapMb }) => heapMb)),
    heap_mb_per_hour: grows(({ heapMb }) => heapMb),
    rss_mb: last.rssMb,
    rss_mb_per_hour: grows(({ rssMb }) => rssMb),
    heap_is_collected: globalThis.gc !== undefined,
    wal_mb_per_s: (last.walMb - first.walMb) / seconds,
    ...growth(early, last),
  }
}

/** How many times as large each churning table is at the end, its indexes included. */
function growth(early: Sample, last: Sample): Record<string, number> {
  const sizes = churningTables.flatMap((name) => {
    const [then, now] = [early, last].map(({ tables }) => tables.find(({ table }) => table === name))
    if (then === undefined || now === undefined) return []
    const size = ({ tableMb, indexMb }: TableSize) => tableMb + indexMb
    return [
      [`${name}_mb`, size(now)],
      [`${name}_times`, size(now) / size(then)],
    ]
  })
  return Object.fromEntries(sizes)
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`--minutes is a number above 0; "${values.minutes}" is none.`)
await withServer(async (server) => {
  const { reference_tps: referenceTps } = await measureReference(server.access.connection, minutes < 5 ? 2 : 15)
  const samples = await onStage(server, { engine: true }, (stage) => soak(stage, minutes))
  console.log(figureLine({ bench: 'soak', values: verdict(samples) }, referenceTps))
})
