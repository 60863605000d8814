// Transactional actions: what one writes lands in the transaction that writes its event, or not at all.

import { setTimeout as pause } from 'node:timers/promises'
import type { Transaction } from '../../packs/kit.ts'
import { inActionTransaction } from '../../record/action-transaction.ts'
import { append } from '../../record/append.ts'
import { writeRecords } from '../../record/commit.ts'
import { type Database, type Queryable, roleName } from '../../record/database.ts'
import { LeaseLostError } from '../../record/workers.ts'
import type { Ended } from './act.ts'
import type { CommitterHost } from './committer.ts'
import type { Run } from './in-flight.ts'
import type { Batch, OwnedExecution } from './owned-execution.ts'
import { isPassing } from './passing.ts'

/** At once; fewer than the pool's connections, or flushes could wait for them for ever. */
const most = 3
const longestPauseMs = 2000

export type TransactionalWork = (transaction: Transaction) => Promise<Ended>

export class ActionTransactions {
  private readonly database: Database
  private readonly host: CommitterHost
  private readonly queue: (() => void)[] = []
  private count = 0

  constructor(database: Database, host: CommitterHost) {
    this.database = database
    this.host = host
  }

  get isIdle(): boolean {
    return this.count === 0
  }

  /**
   * Runs a transactional action and writes its event, and whatever else its execution has to say, in one transaction.
   * Nothing of it is left when the database fails it, so then it is run again. Rejects when the action fails.
   */
  async transact(execution: OwnedExecution, run: Run, work: TransactionalWork): Promise<void> {
    await this.enter()
    try {
      // Its time may be up, or its execution gone, before its turn comes.
      for (let attempt = 0; !run.isOver && !execution.isGone; attempt++) {
        const trouble = await this.attempt(execution, run, work)
        if (trouble === undefined) return
        this.host.onTrouble(trouble)
        await pause(Math.min(longestPauseMs, 50 * 2 ** attempt))
      }
    } finally {
      this.leave()
    }
  }

  /** Returns the trouble that a later attempt may not meet; throws what the action threw. */
  private async attempt(execution: OwnedExecution, run: Run, work: TransactionalWork): Promise<Error | undefined> {
    const { workerId } = this.host
    const { tenantId } = execution.claimed
    const apiRole = roleName(this.database.address.database, 'api')
    const place = { workerId, tenantId, apiRole, statementMs: run.deadline - run.startedAt }
    const session = new Session(run)
    let batch: Batch | undefined
    try {
      await inActionTransaction(
        this.database.engine,
        place,
        (client) => session.do(client, work),
        async (client, ended) => {
          batch = await execution.takeWhenFree(run, ended)
          if (batch === undefined) throw new Error('The attempt was over before its transaction could commit.')
          const rests = batch.rest === undefined ? [] : [batch.rest]
          if (batch.records !== undefined) await writeRecords(client, batch.records, rests)
          await append(client, workerId, batch.entries, rests, new Date(this.host.now()))
        },
      )
    } catch (error) {
      // Once taken, the state is ahead of a journal that may or may not hold it: only folding the journal anew can tell.
      if (error instanceof LeaseLostError) this.host.onLeaseLost()
      else if (batch !== undefined)
        this.host.onRefused(execution, error instanceof Error ? error : new Error(String(error)))
      else if (session.isFaultOfDatabase(error)) return error
      else throw error
    }
    if (batch === undefined || execution.isGone) return undefined
    this.host.onDurable([batch])
    execution.acknowledge(batch)
    return undefined
  }

  private async enter(): Promise<void> {
    if (this.count >= most) await new Promise<void>((resolve) => this.queue.push(resolve))
    else this.count++
  }

  private leave(): void {
    const next = this.queue.shift()
    if (next === undefined) this.count--
    else next()
  }
}

/** The action's side of its transaction: closed once the action is done or its time is up, whatever it does later. */
class Session {
  private readonly run: Run
  private isOpen = true
  private isWorking = false
  private readonly errors = new Set<unknown>()

  constructor(run: Run) {
    this.run = run
  }

  async do(client: Queryable, work: TransactionalWork): Promise<Ended> {
    const { signal } = this.run
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const stop = (): void => reject(new Error('The attempt was stopped; nothing of what it wrote is kept.'))
    signal.addEventListener('abort', stop)
    this.isWorking = true
    try {
      signal.throwIfAborted()
      const ended = await Promise.race([work({ query: (text, values) => this.query(client, text, values) }), stopped])
      this.isWorking = false
      return ended
    } finally {
      this.isOpen = false
      signal.removeEventListener('abort', stop)
    }
  }

  /** Whether it was not the action that failed, but the database under it, in a way that passes. */
  isFaultOfDatabase(error: unknown): error is Error {
    return isPassing(error) && (!this.isWorking || this.errors.has(error))
  }

  private async query<Row extends object>(
    client: Queryable,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    if (!this.isOpen)
      throw new Error('The transaction is over: an action uses it only while it runs, and awaits each statement.')
    try {
      return (await client.query<Row>(text, [...values])).rows
    } catch (error) {
      this.errors.add(error)
      throw error
    }
  }
}
