// Has the gates of an execution answered, one at a time, by whoever can answer them.

import type { OpenWait } from './timeline.ts'

/** Answers one gate. False: it stays open, for somebody else. The signal tells that it has been answered elsewhere. */
export type Answer = (gate: OpenWait, signal: AbortSignal) => Promise<boolean>

export class Gates {
  private readonly answer: Answer | undefined
  private readonly seen = new Set<string>()
  private readonly declined = new Set<string>()
  private current: { readonly ref: string; readonly abort: AbortController } | undefined
  private failure: Error | undefined

  constructor(answer: Answer | undefined) {
    this.answer = answer
  }

  get isAnswering(): boolean {
    return this.current !== undefined
  }

  /** Brings the gates that are open now to whoever answers them. Throws what an answer threw. */
  attend(open: readonly OpenWait[]): void {
    if (this.failure !== undefined) throw this.failure
    if (this.current !== undefined && !open.some((gate) => refOf(gate) === this.current?.ref))
      this.current.abort.abort()
    if (this.current !== undefined) return
    const next = open.find((gate) => !this.seen.has(refOf(gate)))
    if (next !== undefined) this.begin(next)
  }

  /** Whether nobody here will answer any of these. */
  areLeft(open: readonly OpenWait[]): boolean {
    return open.length > 0 && open.every((gate) => this.answer === undefined || this.declined.has(refOf(gate)))
  }

  /** Withdraws the question that is being asked. */
  withdraw(): void {
    this.current?.abort.abort()
  }

  private begin(gate: OpenWait): void {
    const ref = refOf(gate)
    this.seen.add(ref)
    if (this.answer === undefined) return
    const abort = new AbortController()
    this.current = { ref, abort }
    this.answer(gate, abort.signal)
      .then(
        (isAnswered) => {
          if (!isAnswered) this.declined.add(ref)
        },
        (error: unknown) => {
          this.failure = error instanceof Error ? error : new Error(String(error))
        },
      )
      .finally(() => {
        this.current = undefined
      })
      .catch(() => undefined)
  }
}

function refOf({ run }: OpenWait): string {
  return run.wait?.ref ?? ''
}
