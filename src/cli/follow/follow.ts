// Follows an execution until it ends, waits for somebody who is not here, or the operator leaves.

import type { Terminal } from '../terminal.ts'
import type { Exit } from '../exit-code.ts'
import { type Answer, Gates } from './gates.ts'
import { endLines, type Show } from './show.ts'
import type { OpenWait } from './timeline.ts'
import type { Watch } from './watch.ts'

export interface Following {
  readonly show: Show
  readonly now: () => number
  /** Resolves when it is time to look again. */
  readonly pause: () => Promise<unknown>
  /** Makes sure that somebody works on it. */
  readonly ensureWork: () => Promise<void>
  /** Whether something was sent to the execution that it has not taken in. */
  readonly hasNews: () => Promise<boolean>
  /** Whether the end is said in words; JSON has said it already. */
  readonly saysEnd: boolean
  readonly answer: Answer | undefined
  /** How somebody else decides what is left open. */
  howToDecide(gates: readonly OpenWait[]): Promise<readonly string[]>
  /** What a suggested command needs besides, with a space in front. */
  readonly flags: string
  /** What is said to whoever leaves. */
  readonly farewell: readonly string[]
}

export async function follow(terminal: Terminal, watch: Watch, following: Following): Promise<Exit> {
  const gates = new Gates(following.answer)
  const { show, now } = following
  let isLeaving = false
  const { promise: left, resolve: leaveNow } = Promise.withResolvers<void>()
  const release = terminal.onInterrupt(() => {
    isLeaving = true
    gates.withdraw()
    leaveNow()
  })
  try {
    for (;;) {
      await watch.read((seen) => show.event(watch, seen))
      const open = watch.gates()
      if (!gates.isAnswering) show.draw(watch, now(), noteOf(watch, now(), following.flags))
      if (watch.ended !== undefined) return ended(watch, terminal, following)
      if (isLeaving || terminal.isBroken) return leave(following)
      await following.ensureWork()
      gates.attend(open)
      const isLeft = !gates.isAnswering && gates.areLeft(open) && watch.restsOnPeople()
      if (isLeft && !(await following.hasNews())) {
        const undecided = await following.howToDecide(open)
        // None: they have been decided by now, and the execution is about to hear of it.
        if (undecided.length > 0) return park(watch, undecided, following)
      }
      await Promise.race([following.pause(), left])
    }
  } finally {
    gates.withdraw()
    release()
  }
}

/** Being queued for less is nothing to speak of. */
const longQueueMs = 1500

function noteOf({ execution }: Watch, now: number, flags: string): string | undefined {
  if (execution.status === 'paused') return `Paused: npx countersign executions resume ${execution.id}${flags}`
  if (execution.status !== 'queued' || now - execution.createdAt.getTime() < longQueueMs) return undefined
  return 'Queued: waits for a worker, or for a place under its concurrency limit.'
}

function ended(watch: Watch, terminal: Terminal, { show, saysEnd, flags }: Following): Exit {
  show.rest()
  if (saysEnd) show.say(...endLines(watch, terminal, flags))
  const exits = { completed: 'fine', failed: 'failed', cancelled: 'cancelled' } as const
  return watch.ended === undefined ? 'internal' : exits[watch.ended]
}

function leave({ show, farewell }: Following): Exit {
  show.rest()
  show.say(...farewell)
  return 'interrupted'
}

function park({ execution }: Watch, left: readonly string[], { show, flags }: Following): Exit {
  show.rest()
  show.say(...left, 'Then it goes on:', `  npx countersign executions follow ${execution.id}${flags}`)
  return 'waiting'
}
