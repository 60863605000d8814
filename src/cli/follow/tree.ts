// An execution as a tree of lines, drawn again and again while it runs.

import { sayElapsed, shortId } from '../elapsed.ts'
import type { Paint } from '../terminal.ts'
import { looks, type RowStatus, type StepRow } from './step-rows.ts'

export interface TreeHead {
  readonly workflow: string
  readonly version: number
  readonly executionId: string
  /** Of the execution as a whole. */
  readonly status: string
  readonly elapsedMs: number
  /** Why the execution as a whole does not go on. */
  readonly note: string | undefined
}

export interface TreeSize {
  readonly columns: number
  readonly rows: number
}

/** Lines that fit the size, so that drawing them again finds them where they were. */
export function treeLines(head: TreeHead, rows: readonly StepRow[], size: TreeSize, paint: Paint): string[] {
  const title = `${head.workflow} v${head.version}`
  const rest = cut(
    `  ${shortId(head.executionId)}  ${head.status}  ${sayElapsed(head.elapsedMs)}`,
    size.columns - title.length - 1,
  )
  const { shown, hidden } = fitting(rows, Math.max(3, size.rows - 4))
  const idWidth = Math.max(...shown.map(({ id }) => id.length), 0)
  const statusWidth = Math.max(...shown.map(({ status }) => status.length), 0)
  const lines = shown.map((row, index) => {
    const isLast = index === shown.length - 1 && hidden === undefined
    return rowLine(row, isLast ? '└─' : '├─', { idWidth, statusWidth, columns: size.columns }, paint)
  })
  const more = hidden === undefined ? [] : [paint('dim', cut(`└─ ${hidden}`, size.columns - 1))]
  const note = head.note === undefined ? [] : [paint('yellow', cut(`   ${head.note}`, size.columns - 1))]
  return [`${paint('bold', title)}${paint('dim', rest)}`, ...lines, ...more, ...note]
}

interface Widths {
  readonly idWidth: number
  readonly statusWidth: number
  readonly columns: number
}

function rowLine(row: StepRow, branch: string, { idWidth, statusWidth, columns }: Widths, paint: Paint): string {
  const { symbol, style } = looks[row.status]
  const time = row.elapsedMs === undefined ? '' : sayElapsed(row.elapsedMs)
  const look = (text: string): string => (style === undefined ? text : paint(style, text))
  const fixed = `${branch} ${symbol} ${row.id.padEnd(idWidth)}  ${row.status.padEnd(statusWidth)}  ${time.padStart(8)}`
  if (fixed.length >= columns) return cut(fixed, columns - 1)
  const detail = row.detail === '' ? '' : `  ${row.detail}`
  const id = row.id.padEnd(idWidth)
  const status = row.status.padEnd(statusWidth)
  return `${paint('dim', branch)} ${look(symbol)} ${id}  ${look(status)}  ${time.padStart(8)}${cut(detail, columns - 1 - fixed.length)}`.trimEnd()
}

/** What matters least when not all fits: what has not begun, then what is done. */
const weights: Readonly<Record<RowStatus, number>> = {
  'not yet': 0,
  skipped: 1,
  bypassed: 1,
  completed: 2,
  queued: 3,
  waiting: 4,
  retrying: 5,
  working: 6,
  'waiting for a person': 7,
  failed: 7,
}

function fitting(rows: readonly StepRow[], most: number): { shown: readonly StepRow[]; hidden: string | undefined } {
  if (rows.length <= most) return { shown: rows, hidden: undefined }
  const byWeight = rows.toSorted((a, b) => weights[b.status] - weights[a.status])
  const kept = new Set(byWeight.slice(0, most - 1))
  const counts = Map.groupBy(byWeight.slice(most - 1), ({ status }) => status)
  const said = [...counts].map(([status, list]) => `${list.length} ${status}`).join(', ')
  return { shown: rows.filter((row) => kept.has(row)), hidden: `${rows.length - kept.size} more: ${said}` }
}

function cut(text: string, width: number): string {
  const line = text.replaceAll(/\s*[\r\n]+\s*/g, ' ')
  if (width <= 0) return ''
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`
}
