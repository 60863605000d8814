// A histogram in the text format of Prometheus that costs some nanoseconds to feed: the engine tells it of every step.

/** One combination of label values. */
export class Cell {
  private readonly bounds: readonly number[]
  /** How many fell into each bucket, the last without a bound. */
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? 0)) bucket++
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.sum += value
  }
}

export interface HistogramOptions {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** Upper ends of the buckets, ascending. */
  readonly bounds: readonly number[]
}

export class Histogram {
  private readonly options: HistogramOptions
  private readonly cells = new Map<string, { readonly values: readonly string[]; readonly cell: Cell }>()

  constructor(options: HistogramOptions) {
    this.options = options
  }

  /** Keep it where it is fed often. Values come in the order of the labels, and from a set that is bounded. */
  cell(...values: readonly string[]): Cell {
    const key = values.join('\n')
    const known = this.cells.get(key)
    if (known !== undefined) return known.cell
    const cell = new Cell(this.options.bounds)
    this.cells.set(key, { values, cell })
    return cell
  }

  /** https://prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4 */
  text(): string {
    const { name, help } = this.options
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`]
    for (const { values, cell } of this.cells.values()) lines.push(...this.linesOf(values, cell))
    return `${lines.join('\n')}\n`
  }

  private linesOf(values: readonly string[], { counts, sum }: Cell): string[] {
    const { name, labels, bounds } = this.options
    const pairs = labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`)
    const labelled = (suffix: string, more: readonly string[] = []) => {
      const all = [...pairs, ...more]
      return `${name}${suffix}${all.length === 0 ? '' : `{${all.join(',')}}`}`
    }
    let total = 0
    const buckets = counts.map((count, index) => {
      total += count
      return `${labelled('_bucket', [`le="${bounds[index] ?? '+Inf'}"`])} ${total}`
    })
    return [...buckets, `${labelled('_sum')} ${sum}`, `${labelled('_count')} ${total}`]
  }
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
