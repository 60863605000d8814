// From the turns of all rounds to the comparison: medians, and how many times as fast ours is.

import { median } from '../statistics.ts'
import type { Turn } from './turn.ts'

export interface Comparison {
  readonly bench: 'W1' | 'W2' | 'W3'
  readonly peer: string
  readonly figures: Readonly<Record<string, number>>
  /** How many times as fast ours is: of throughputs ours by theirs, of times theirs by ours. */
  readonly ratio: number
}

/** Medians over the rounds, each figure by itself. */
export function compare(peer: string, theirs: readonly Turn[], ours: readonly Turn[]): readonly Comparison[] {
  const [their, our] = [medians(theirs), medians(ours)]
  return [
    throughput('W1', peer, their.linearPerSecond, our.linearPerSecond),
    throughput('W2', peer, their.fanPerSecond, our.fanPerSecond),
    {
      bench: 'W3',
      peer,
      figures: {
        p50_ms: rounded(their.singleP50Ms),
        p99_ms: rounded(their.singleP99Ms),
        ours_p50_ms: rounded(our.singleP50Ms),
        ours_p99_ms: rounded(our.singleP99Ms),
      },
      ratio: rounded(their.singleP50Ms / our.singleP50Ms),
    },
  ]
}

function throughput(bench: 'W1' | 'W2', peer: string, theirs: number, ours: number): Comparison {
  const figures = { workflows_per_s: rounded(theirs), ours_workflows_per_s: rounded(ours) }
  return { bench, peer, figures, ratio: rounded(ours / theirs) }
}

/** One line of JSON a figure. */
export function comparisonLines(comparisons: readonly Comparison[]): string {
  return comparisons
    .map(({ bench, peer, figures, ratio }) => JSON.stringify({ bench, peer, ...figures, ratio }))
    .join('\n')
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const head = ['', 'peer', 'theirs', 'ours', 'times as fast']
  const rows = comparisons.toSorted((a, b) => a.bench.localeCompare(b.bench)).map(row)
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)))
  return [head, ...rows]
    .map((cells) =>
      cells
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function row({ bench, peer, figures, ratio }: Comparison): string[] {
  const { workflows_per_s, ours_workflows_per_s, p50_ms, p99_ms, ours_p50_ms, ours_p99_ms } = figures
  const cells =
    bench === 'W3'
      ? [`p50 ${p50_ms} / p99 ${p99_ms} ms`, `p50 ${ours_p50_ms} / p99 ${ours_p99_ms} ms`]
      : [`${workflows_per_s} workflows/s`, `${ours_workflows_per_s} workflows/s`]
  return [bench, peer, ...cells, `${ratio} ×`]
}

function medians(turns: readonly Turn[]): Turn {
  const of = (figure: (turn: Turn) => number) => median(turns.map(figure))
  return {
    linearPerSecond: of((turn) => turn.linearPerSecond),
    fanPerSecond: of((turn) => turn.fanPerSecond),
    singleP50Ms: of((turn) => turn.singleP50Ms),
    singleP99Ms: of((turn) => turn.singleP99Ms),
  }
}

/** Three digits are all that a measurement is good for. */
function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
