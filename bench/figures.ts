// Figures of a measurement: a table for people, JSON lines for programs.

export interface Figure {
  readonly name: string
  readonly value: number
  /** `steps/s`, `ms`, `bytes/step` … */
  readonly unit: string
  readonly note?: string
}

/**
 * Prints the table, then one JSON object a line. With `referenceTps` each figure per second also says how many times
 * the reference it is: that number, unlike the figure itself, carries over to another machine.
 */
export function printFigures(figures: readonly Figure[], referenceTps?: number): void {
  console.log(`${figureTable(figures, referenceTps)}\n\n${figureLines(figures, referenceTps)}`)
}

export function figureTable(figures: readonly Figure[], referenceTps?: number): string {
  const rows = figures.map((figure) => {
    const times = timesReference(figure, referenceTps)
    return [
      figure.name,
      readable(figure.value),
      figure.unit,
      times === undefined ? '' : `${times.toFixed(1)} × reference`,
      figure.note ?? '',
    ]
  })
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n')
}

export function figureLines(figures: readonly Figure[], referenceTps?: number): string {
  const lines = figures.map((figure) => ({ ...figure, times_reference: timesReference(figure, referenceTps) }))
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

function timesReference(figure: Figure, referenceTps: number | undefined): number | undefined {
  if (referenceTps === undefined || !figure.unit.endsWith('/s')) return undefined
  return Number((figure.value / referenceTps).toFixed(2))
}

/** Three digits are all that a measurement is good for; from 1,000 on whole numbers, in groups. */
function readable(value: number): string {
  return new Intl.NumberFormat(
    'en',
    value >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  ).format(value)
}
