// Inside a worker process: passes every statement of the engine on, and does at armed points what the orders say.

import type { Pool } from '../../src/record/database.ts'
import { type Arm, idle, type Orders, type Point, type Report, type When } from './points.ts'
import { isMeant, pointsOf, readStatement, type Statement, wakeTimes, withoutFence } from './statement.ts'

type Query = (...given: unknown[]) => Promise<unknown>
type Callback = (error: unknown, result?: unknown) => void

interface Line {
  readonly query: Query
  readonly client: object
  /** The points that the transaction under way has passed; undefined outside of one. */
  passed: Point[] | undefined
  /** The connection's own settings, which come before its next statement. */
  settled: Promise<unknown> | undefined
}

interface Host {
  /** The worker's id under its present lease. */
  workerId(): string
  /** Writes before it returns: the process may die right after. */
  report(report: Report): void
  /** Name of the statement whose fence is taken out. */
  readonly openFence: string | undefined
}

const barredNames = {
  nothing: [],
  claims: ['claim_executions'],
  all: ['claim_executions', 'find_lost_workers'],
} satisfies Record<Orders['barred'], readonly string[]>

export class Saboteur {
  private readonly host: Host
  private orders: Orders = idle
  private readonly counts = new Map<Arm, number>()
  private readonly barred: (() => void)[] = []
  private readonly held: (() => void)[] = []
  private readonly lines = new Map<object, Line>()
  private readonly isolation = new WeakMap<object, boolean>()
  /** When something that this process has parked falls due. */
  private dueTimes: number[] = []

  constructor(host: Host) {
    this.host = host
  }

  get aheadMs(): number {
    return this.orders.aheadMs
  }

  obey(orders: Orders): void {
    this.orders = orders
    this.counts.clear()
    for (const resolve of this.barred.splice(0)) resolve()
    this.host.report({ say: 'ordered', id: orders.id, worker: this.host.workerId() })
  }

  goOn(): void {
    for (const resolve of this.held.splice(0)) resolve()
  }

  attach(pool: Pool): void {
    pool.on('acquire', (client) => {
      const line = this.lines.get(client) ?? this.wire(client)
      if ((this.isolation.get(client) ?? false) === this.orders.isSerializable) return
      this.isolation.set(client, this.orders.isSerializable)
      const level = this.orders.isSerializable ? 'serializable' : 'read committed'
      line.settled = line.query(`set default_transaction_isolation = '${level}'`).catch(() => undefined)
    })
    pool.on('remove', (client) => this.lines.delete(client))
  }

  /** The action's own point. */
  async run(when: When): Promise<void> {
    const arm = this.due(['run'], when, false)
    if (arm !== undefined) await this.strike(arm, '')
  }

  private wire(client: object & { query: unknown }): Line {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- pg declares twelve overloads; this is what they have in common
    const query = (client.query as Query).bind(client)
    const line: Line = { query, client, passed: undefined, settled: undefined }
    this.lines.set(client, line)
    const ask = (...given: unknown[]): unknown => {
      const last = given.at(-1)
      if (!isCallback(last)) return this.pass(line, given)
      this.pass(line, given.slice(0, -1)).then(
        (result) => last(null, result),
        (error: unknown) => last(error),
      )
      return undefined
    }
    Object.assign(client, { query: ask })
    return line
  }

  private async pass(line: Line, given: unknown[]): Promise<unknown> {
    const statement = readStatement(given)
    await line.settled
    while (barredNames[this.orders.barred].some((name) => name === statement.name)) {
      await new Promise<void>((resolve) => this.barred.push(resolve))
    }
    const isInside = line.passed !== undefined
    // The triggers that look for stale writes read it.
    if (statement.writer !== undefined)
      await line.query(`select set_config('crash.writer', $1, false)`, [statement.writer])
    const arm = this.due(this.before(statement), 'before', isInside)
    if (arm !== undefined) await this.strike(arm, textOf(statement.values[0]))
    if (arm?.deed === 'break') setImmediate(() => cut(line.client))
    try {
      const result = await line.query(...this.given(statement, given))
      if (arm?.deed === 'stop') this.host.report({ say: 'answered', rows: rowsOf(result).length })
      await this.after(line, statement, result)
      return result
    } catch (error) {
      if (arm?.deed === 'stop') this.host.report({ say: 'answered', rows: 0 })
      const code = codeOf(error)
      if (code === '40001' || code === '40P01') this.host.report({ say: 'rolled back', code })
      throw error
    } finally {
      if (statement.name === 'begin') line.passed = []
      if (statement.name === 'commit' || statement.name === 'rollback') line.passed = undefined
    }
  }

  private given(statement: Statement, given: unknown[]): unknown[] {
    if (!isMeant(this.host.openFence, statement)) return given
    return [{ name: statement.name, text: withoutFence(statement), values: statement.values }]
  }

  private before(statement: Statement): Point[] {
    const now = Date.now()
    const found = pointsOf(statement)
    if (statement.name === 'append') this.dueTimes.push(...wakeTimes(statement, now))
    if (statement.name === 'claim_executions' && this.dueTimes.some((time) => time <= now)) {
      this.dueTimes = this.dueTimes.filter((time) => time > now)
      found.push('timer')
    }
    return found
  }

  private async after(line: Line, statement: Statement, result: unknown): Promise<void> {
    const passed = statement.name === 'commit' ? (line.passed ?? []) : passedBy(statement, result)
    const isInside = line.passed !== undefined && statement.name !== 'commit'
    if (isInside) line.passed?.push(...passed)
    const middle = statement.name === 'release' ? (line.passed ?? []) : passed
    const isMiddle = isInside && statement.name !== 'mark_dead'
    const arm = isInside
      ? isMiddle
        ? this.due(middle, 'middle', true)
        : undefined
      : this.due(passed, 'after', statement.name === 'commit')
    if (arm === undefined) return
    await this.strike(arm, textOf(statement.values[0]))
    if (arm.deed !== 'lose') return
    cut(line.client)
    throw new Error('Connection terminated unexpectedly')
  }

  /** The arm that a passage sets off; each goes off once. */
  private due(passed: readonly Point[], when: When, isInside: boolean): Arm | undefined {
    return this.orders.arms.find((arm) => {
      if (arm.when !== when || !passed.includes(arm.point)) return false
      if (arm.inTransaction !== undefined && arm.inTransaction !== isInside) return false
      const count = (this.counts.get(arm) ?? 0) + 1
      this.counts.set(arm, count)
      return count === arm.nth
    })
  }

  private async strike(arm: Arm, subject: string): Promise<void> {
    const backends = [...this.lines.keys()].flatMap((client) =>
      'processID' in client && typeof client.processID === 'number' ? [client.processID] : [],
    )
    const released = new Promise<void>((resolve) => this.held.push(resolve))
    this.host.report({ say: 'hit', arm, worker: this.host.workerId(), subject, backends })
    if (arm.deed === 'kill') process.kill(process.pid, 'SIGKILL')
    if (arm.deed === 'stop') process.kill(process.pid, 'SIGSTOP')
    if (arm.deed === 'hold') await released
  }
}

/** Points that a statement has passed only if its answer says so. */
function passedBy(statement: Statement, result: unknown): Point[] {
  const rows = rowsOf(result)
  switch (statement.name) {
    case 'claim_executions': {
      const isTimer = rows.some((row) => isParked(row))
      return rows.length === 0 ? [] : ['claim', ...(isTimer ? (['timer'] as const) : [])]
    }
    case 'claim_limited_executions':
      return rows.length === 0 ? [] : ['claim limited']
    case 'mark_dead':
      return rowCountOf(result) === 0 ? [] : ['takeover']
    default:
      return pointsOf(statement)
  }
}

/** Neither new, nor woken by a signal, nor taken over: its time has come. */
function isParked(row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false
  if (!('is_new' in row) || !('pending_signals' in row) || !('takeovers' in row)) return false
  return row.is_new === false && row.pending_signals === 0 && row.takeovers === 0
}

function rowsOf(result: unknown): readonly unknown[] {
  if (typeof result !== 'object' || result === null || !('rows' in result)) return []
  return Array.isArray(result.rows) ? result.rows : []
}

function rowCountOf(result: unknown): number {
  const isResult = typeof result === 'object' && result !== null && 'rowCount' in result
  return isResult && typeof result.rowCount === 'number' ? result.rowCount : 0
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Breaks a connection as a network does: neither side says goodbye. */
function cut(client: object): void {
  if (!('connection' in client) || typeof client.connection !== 'object' || client.connection === null) return
  const { connection } = client
  if (!('stream' in connection) || typeof connection.stream !== 'object' || connection.stream === null) return
  const { stream } = connection
  if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const isCallback = (value: unknown): value is Callback => typeof value === 'function'
