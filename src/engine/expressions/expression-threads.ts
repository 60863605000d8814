// Evaluates expressions: cheap ones at once, costly ones in threads that can be stopped.

import { isCostly, type CompiledValue } from '../../kernel/expression/compile.ts'
import { evaluateValue } from '../../kernel/expression/evaluate.ts'
import { usedScope, type Scope } from '../../kernel/expression/scope.ts'
import { isJsonObject, type Json } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'
import { closed, ExpressionThread, type ThreadLimits } from './expression-thread.ts'
import { FairQueue } from './fair-queue.ts'
import type { ThreadRequest } from './thread-main.ts'

export interface ExpressionThreadsOptions {
  /** Longest time of one evaluation, counted from when it starts; 100 when absent. */
  readonly limitMs?: number
  /** How many costly evaluations run at once; 1 when absent. */
  readonly threads?: number
  /** Heap of a thread; 64 when absent. Node itself needs 16: with less it ends the whole process. */
  readonly memoryMb?: number
}

export interface ExpressionThreads {
  /** A result at once for a cheap value, a promise for a costly one; neither throws nor rejects. */
  readonly evaluate: (value: CompiledValue, scope: Scope) => Result<Json> | Promise<Result<Json>>
  /** Ends the threads; what waits or runs gets `unavailable`. */
  close(): Promise<void>
}

interface Job {
  readonly request: ThreadRequest
  readonly resolve: (result: Result<Json>) => void
}

export function createExpressionThreads({
  limitMs = 100,
  threads = 1,
  memoryMb = 64,
}: ExpressionThreadsOptions = {}): ExpressionThreads {
  const pool = new ThreadPool({ limitMs, memoryMb }, threads)
  return {
    evaluate: (value, scope) => (isCostly(value) ? pool.evaluate(value, scope) : evaluateValue(value, scope)),
    close: () => pool.close(),
  }
}

class ThreadPool {
  readonly #limits: ThreadLimits
  readonly #queue = new FairQueue<Job>()
  readonly #threads = new Set<ExpressionThread>()
  readonly #idle: ExpressionThread[] = []
  #free: number
  /** How many have yet to be started. */
  #spare: number
  #open = true

  constructor(limits: ThreadLimits, threads: number) {
    this.#limits = limits
    this.#free = threads
    this.#spare = threads + 1
  }

  evaluate({ source, options, references }: CompiledValue, scope: Scope): Promise<Result<Json>> {
    this.#warmUp()
    return new Promise((resolve) => {
      const request = { source, options, scope: usedScope(references, scope) }
      this.#queue.add(tenantOf(scope), { request, resolve })
      this.#serve()
    })
  }

  async close(): Promise<void> {
    this.#open = false
    await Promise.all([...this.#threads].map((thread) => thread.close()))
    this.#serve()
  }

  /**
   * Starts the threads when the first of them is needed: a house without costly expressions spares their 18 MB each. There is
   * one more than may work: when one is stopped, the next evaluation does not wait for a thread to start.
   */
  #warmUp(): void {
    for (; this.#spare > 0 && this.#open; this.#spare -= 1) this.#idle.push(this.#add())
  }

  #serve(): void {
    while (this.#free > 0) {
      const job = this.#queue.take()
      if (job === undefined) return
      if (this.#open) this.#start(this.#nextThread(), job)
      else job.resolve(closed)
    }
  }

  #start(thread: ExpressionThread, { request, resolve }: Job): void {
    this.#free -= 1
    thread.run(request, (result) => {
      this.#free += 1
      if (thread.alive) this.#idle.unshift(thread)
      else this.#drop(thread)
      resolve(result)
      this.#serve()
    })
  }

  /** A warm one. One that broke while it was idle is left out, and not replaced before it is missed. */
  #nextThread(): ExpressionThread {
    for (;;) {
      const thread = this.#idle.shift() ?? this.#add()
      if (thread.alive) return thread
      this.#threads.delete(thread)
    }
  }

  #drop(thread: ExpressionThread): void {
    this.#threads.delete(thread)
    if (this.#open) this.#idle.push(this.#add())
  }

  #add(): ExpressionThread {
    const thread = new ExpressionThread(this.#limits)
    this.#threads.add(thread)
    return thread
  }
}

function tenantOf({ tenant }: Scope): string {
  return isJsonObject(tenant) && typeof tenant['id'] === 'string' ? tenant['id'] : ''
}
