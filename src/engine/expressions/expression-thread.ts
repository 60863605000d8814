// One worker thread for expressions, from outside: gives it work, and ends it at the limit of time or memory.

import { Worker } from 'node:worker_threads'
import type { Json } from '../../kernel/json.ts'
import { failed, type Result } from '../../kernel/problem.ts'
import { threadState, type ThreadAnswer, type ThreadRequest } from './thread-main.ts'

export interface ThreadLimits {
  readonly limitMs: number
  readonly memoryMb: number
}

/** Called once for each request. */
export type Settle = (result: Result<Json>) => void

export class ExpressionThread {
  readonly #limits: ThreadLimits
  readonly #worker: Worker
  readonly #state = new Int32Array(new SharedArrayBuffer(4))
  #settle: Settle | undefined
  #timer: NodeJS.Timeout | undefined
  #alive = true

  constructor(limits: ThreadLimits) {
    this.#limits = limits
    this.#worker = new Worker(new URL('./thread-main.ts', import.meta.url), {
      workerData: this.#state.buffer,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    })
    this.#worker.on('message', (answer: ThreadAnswer) => this.#hear(answer))
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#end(causeOf(error, limits)))
    this.#worker.on('exit', () => this.#end(closed))
    this.#worker.unref()
  }

  /** False once it was stopped, or stopped by itself. */
  get alive(): boolean {
    return this.#alive
  }

  /** One at a time. */
  run(request: ThreadRequest, settle: Settle): void {
    Atomics.store(this.#state, 0, threadState.working)
    this.#settle = settle
    this.#worker.ref()
    try {
      this.#worker.postMessage(request, [])
    } catch {
      this.#answer(failed({ code: 'expression_failed', message: 'The data of the expression is nested too deeply.' }))
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #hear(answer: ThreadAnswer): void {
    if (answer === 'started') this.#timer = setTimeout(() => this.#expire(), this.#limits.limitMs)
    else this.#answer(answer.result)
  }

  #expire(): void {
    // This process was busy, not the thread: the result is waiting to be heard.
    if (Atomics.load(this.#state, 0) === threadState.finished) return
    this.#end(tooSlow(this.#limits.limitMs))
  }

  #end(result: Result<Json>): void {
    this.#alive = false
    this.#answer(result)
    void this.#worker.terminate()
  }

  #answer(result: Result<Json>): void {
    clearTimeout(this.#timer)
    this.#worker.unref()
    const settle = this.#settle
    this.#settle = undefined
    settle?.(result)
  }
}

export const closed = failed({
  code: 'unavailable',
  message: 'The evaluation of expressions was shut down.',
  hint: 'Try again.',
})

const tooSlow = (limitMs: number): Result<Json> =>
  failed({
    code: 'expression_limit',
    message: `The expression was stopped after ${limitMs} ms.`,
    hint: 'Go through fewer entries, nest fewer loops, or use a simpler regular expression.',
  })

function causeOf(error: NodeJS.ErrnoException, { memoryMb }: ThreadLimits): Result<Json> {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return tooMuchMemory(memoryMb)
  return failed({ code: 'internal', message: `The thread that evaluates expressions broke: ${error.message}` })
}

const tooMuchMemory = (memoryMb: number): Result<Json> =>
  failed({
    code: 'expression_limit',
    message: `The expression was stopped: it needs more than ${memoryMb} MB of memory.`,
    hint: 'Work on smaller lists and texts.',
  })
