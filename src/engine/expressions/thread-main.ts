// What runs in an expression thread: evaluates one value after the other, until it is told to stop or is stopped.

import { parentPort, workerData } from 'node:worker_threads'
import { compileValue, type CompileOptions } from '../../kernel/expression/compile.ts'
import { evaluateValue } from '../../kernel/expression/evaluate.ts'
import type { Scope } from '../../kernel/expression/scope.ts'
import type { Json } from '../../kernel/json.ts'
import type { Result } from '../../kernel/problem.ts'

export interface ThreadRequest {
  readonly source: Json
  readonly options: CompileOptions
  readonly scope: Scope
}

/** `started` is said before the work begins: the time limit counts from there. */
export type ThreadAnswer = 'started' | { readonly result: Result<Json> }

/** Shared with the host: whether the result is on its way. */
export const threadState = { working: 0, finished: 1 } as const

const shared: unknown = workerData
const state = new Int32Array(shared instanceof SharedArrayBuffer ? shared : new SharedArrayBuffer(4))

// What runs for the first time is slow, and should not be so on the time of somebody's expression.
evaluateValue(compileValue(`{{ [1, 2].filter(n, n > 1).map(n, string(n)).exists(s, s.matches('[0-9]')) }}`, {}), {})

parentPort?.on('message', ({ source, options, scope }: ThreadRequest) => {
  const say = (answer: ThreadAnswer): void => parentPort?.postMessage(answer, [])
  say('started')
  const result = evaluateValue(compileValue(source, options), scope)
  Atomics.store(state, 0, threadState.finished)
  say({ result })
})
