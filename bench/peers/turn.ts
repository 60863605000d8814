// One turn of an engine: every workload once, timed from outside, the same for ours and for each peer.

import { median, percentile, perSecond } from '../statistics.ts'

/** What is measured. `play` starts so many workflows at once and resolves when the end of the last one is durable. */
export type Play = (workload: Workload, times: number) => Promise<unknown>

export interface Contestant {
  readonly play: Play
  close(): Promise<void>
}

/** `linear`: ten no-op steps in a row. `fan`: one, fifty beside one another, one. */
export type Workload = 'linear' | 'fan'

export interface Counts {
  readonly linear: number
  readonly fan: number
  /** Workflows played one at a time. */
  readonly single: number
}

export interface Turn {
  readonly linearPerSecond: number
  readonly fanPerSecond: number
  readonly singleP50Ms: number
  readonly singleP99Ms: number
}

const fullCounts: Counts = { linear: 2000, fan: 200, single: 100 }

/** The counts of the comparison, or a share of them for a quick look. */
export function scaledCounts(scale: number): Counts {
  const scaled = (count: number) => Math.max(1, Math.round(count * scale))
  return { linear: scaled(fullCounts.linear), fan: scaled(fullCounts.fan), single: scaled(fullCounts.single) }
}

/** Plays a quarter of each workload unmeasured first, because a peer's process is new in each round. */
export async function playTurn(play: Play, counts: Counts): Promise<Turn> {
  await play('linear', Math.ceil(counts.linear / 4))
  const linearMs = await timed(() => play('linear', counts.linear))
  await play('fan', Math.ceil(counts.fan / 4))
  const fanMs = await timed(() => play('fan', counts.fan))
  const singles: number[] = []
  for (let turn = 0; turn < counts.single; turn++) singles.push(await timed(() => play('linear', 1)))
  return {
    linearPerSecond: perSecond(counts.linear, linearMs),
    fanPerSecond: perSecond(counts.fan, fanMs),
    singleP50Ms: median(singles),
    singleP99Ms: percentile(singles, 0.99),
  }
}

async function timed(play: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await play()
  return performance.now() - before
}
