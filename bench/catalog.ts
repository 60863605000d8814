// The benches, in the order in which they run.

import { approvals } from './approvals.ts'
import type { Bench } from './bench.ts'
import { eventBenches } from './events.ts'
import { fairness } from './fairness.ts'
import { finishedBenches } from './finished.ts'
import { httpBenches } from './http.ts'
import { latencyBenches } from './latency.ts'
import { parkedBenches } from './parked.ts'
import { processes } from './processes.ts'
import { retention } from './retention.ts'
import { serveBenches } from './serve-process.ts'
import { stream } from './stream.ts'
import { takeover } from './takeover.ts'
import { timers } from './timers.ts'
import { wal } from './wal.ts'
import { throughputBenches } from './throughput.ts'

export const catalog: readonly Bench[] = [
  ...throughputBenches,
  ...latencyBenches,
  timers,
  ...eventBenches,
  fairness,
  wal,
  processes,
  takeover,
  ...parkedBenches,
  ...finishedBenches,
  ...serveBenches,
  stream,
  ...httpBenches,
  approvals,
  retention,
]

/** What `--quick` measures, in less than 45 seconds. */
export const quickNames: readonly string[] = ['W1', 'W3']
