// What is looked up when somebody asks for metrics: figures of the database at most every few seconds, and this process.

import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Database } from '../record/database.ts'
import { type Figures, mostCounted, readFigures } from '../record/metrics.ts'
import type { EngineMetrics } from './metrics-engine.ts'

export interface MetricSources {
  readonly now: () => number
  /** Undefined while the house is not open. */
  readonly database: () => Database | undefined
  /** Open streams of live events. */
  readonly listeners?: () => number
  /** Spans that were not sent because the collector did not take them. */
  readonly droppedSpans?: () => number
}

const statuses = ['queued', 'running', 'waiting', 'paused']
const figuresEveryMs = 5000
/** A scrape does not wait for longer for a database that does not answer. */
const patienceMs = 3000

export function createGauges(sources: MetricSources, engine: EngineMetrics): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const figures = cachedFigures(sources)
  addFigures(registry, figures, sources.now)
  addLive(registry, figures)
  addConnections(registry, sources)
  addCounts(registry, sources, engine)
  return registry
}

type ReadCached = () => Promise<Figures | undefined>

/** All that ask within some seconds get one answer; undefined when the database has none. */
function cachedFigures({ now, database }: MetricSources): ReadCached {
  let readAt = -Infinity
  let reading: Promise<Figures | undefined> = Promise.resolve(undefined)
  return () => {
    if (performance.now() - readAt < figuresEveryMs) return reading
    readAt = performance.now()
    const open = database()
    reading = open === undefined ? Promise.resolve(undefined) : inTime(readFigures(open.engine, new Date(now())))
    return reading
  }
}

async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), patienceMs)
  try {
    return await Promise.race([work.catch(() => undefined), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function addFigures(registry: Registry, figures: ReadCached, now: () => number): void {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (figures: Figures) => number): void => {
    const made = new Gauge({
      name,
      help,
      registers,
      collect: async () => {
        const read = await figures()
        if (read === undefined) made.reset()
        else made.set(value(read))
      },
    })
  }
  const age = (at: number | undefined): number => (at === undefined ? 0 : Math.max(0, now() - at) / 1000)
  gauge('countersign_oldest_queued_seconds', 'For how long the oldest queued execution has waited.', (f) =>
    age(f.oldestQueuedAt),
  )
  gauge('countersign_oldest_runnable_seconds', 'For how long the oldest execution has wanted a worker.', (f) =>
    age(f.oldestRunnableAt),
  )
  gauge(
    'countersign_approvals_pending',
    `Approvals that wait for people; counted up to ${mostCounted}.`,
    (f) => f.approvals.pending,
  )
  gauge('countersign_oldest_approval_seconds', 'For how long the oldest of them has waited.', (f) =>
    age(f.approvals.oldestAt),
  )
  gauge(
    'countersign_deliveries_pending',
    `Deliveries to be sent; counted up to ${mostCounted}.`,
    (f) => f.deliveries.pending,
  )
  gauge(
    'countersign_deliveries_failed_last_hour',
    'Deliveries given up in the last hour.',
    (f) => f.deliveries.failedLastHour,
  )
}

function addLive(registry: Registry, figures: ReadCached): void {
  const live = new Gauge({
    name: 'countersign_executions',
    help: `Executions that have not ended, by status; counted up to ${mostCounted} in all.`,
    labelNames: ['status'],
    registers: [registry],
    collect: async () => {
      const read = await figures()
      live.reset()
      if (read !== undefined) for (const status of statuses) live.set({ status }, read.live[status] ?? 0)
    },
  })
}

function addConnections(registry: Registry, { database }: MetricSources): void {
  const connections = new Gauge({
    name: 'countersign_database_connections',
    help: 'Connections of this process by pool; waiting are those who ask for one.',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect: () => {
      const open = database()
      if (open === undefined) return
      for (const pool of ['engine', 'api', 'identity'] as const) {
        const { totalCount, idleCount, waitingCount } = open[pool]
        connections.set({ pool, state: 'used' }, totalCount - idleCount)
        connections.set({ pool, state: 'idle' }, idleCount)
        connections.set({ pool, state: 'waiting' }, waitingCount)
      }
    },
  })
}

function addCounts(registry: Registry, { listeners, droppedSpans }: MetricSources, engine: EngineMetrics): void {
  const registers = [registry]
  const count = (name: string, help: string, value: () => number): void => {
    const made = new Counter({
      name,
      help,
      registers,
      collect: () => {
        made.reset()
        made.inc(value())
      },
    })
  }
  count('countersign_claims_total', 'Executions that the worker of this process claimed.', () => engine.claims)
  count(
    'countersign_takeovers_total',
    'Executions that this process freed from workers that fell silent.',
    () => engine.takeovers,
  )
  if (droppedSpans !== undefined)
    count('countersign_spans_dropped_total', 'Spans that no collector took.', droppedSpans)
  if (listeners === undefined) return
  const streams: Gauge = new Gauge({
    name: 'countersign_stream_listeners',
    help: 'Open streams of live events.',
    registers,
    collect: () => {
      streams.set(listeners())
    },
  })
}
