// Figures of a measurement: a table for people, JSON lines for programs.

/** What one bench found: values by name, whose ending says the unit (`p50_ms`, `steps_per_s`, `memory_mb`, `cpu_percent`). */
export interface Figure {
  readonly bench: string
  readonly values: Readonly<Record<string, number | string | boolean>>
}

/** Prints the table, then one JSON object a line. */
export function printFigures(figures: readonly Figure[], referenceTps?: number): void {
  console.log(`${figureTable(figures, referenceTps)}\n\n${figureLines(figures, referenceTps)}`)
}

export function figureTable(figures: readonly Figure[], referenceTps?: number): string {
  const rows = figures.flatMap((figure) =>
    Object.entries(figure.values).map(([name, value], index) => {
      const times = index === 0 ? timesReference(figure, referenceTps) : undefined
      return [
        index === 0 ? figure.bench : '',
        readable(value),
        name.replaceAll('_per_s', '/s').replaceAll('_', ' '),
        times === undefined ? '' : `${times.toFixed(1)} × reference`,
      ]
    }),
  )
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n')
}

export function figureLines(figures: readonly Figure[], referenceTps?: number): string {
  return figures.map((figure) => figureLine(figure, referenceTps)).join('\n')
}

/**
 * With `referenceTps` it stands in the line, and a figure whose first value is per second also says how many times the
 * reference it is: that number, unlike the figure itself, carries over to another machine.
 */
export function figureLine(figure: Figure, referenceTps?: number): string {
  const values = Object.entries(figure.values).map(([name, value]) => [name, rounded(value)])
  const reference = referenceTps === undefined ? {} : { reference_tps: rounded(referenceTps) }
  const times = timesReference(figure, referenceTps)
  return JSON.stringify({
    bench: figure.bench,
    ...Object.fromEntries(values),
    ...reference,
    ...(times !== undefined && { times_reference: times }),
  })
}

function timesReference({ values }: Figure, referenceTps: number | undefined): number | undefined {
  const [name, value] = Object.entries(values)[0] ?? []
  if (referenceTps === undefined || typeof value !== 'number' || name?.endsWith('_per_s') !== true) return undefined
  return Number((value / referenceTps).toFixed(2))
}

function rounded(value: number | string | boolean): number | string | boolean {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value
}

/** Three digits are all that a measurement is good for; from 1,000 on whole numbers, in groups. */
function readable(value: number | string | boolean): string {
  if (typeof value !== 'number') return String(value)
  const digits = Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }
  return new Intl.NumberFormat('en', digits).format(value)
}
