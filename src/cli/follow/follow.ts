// Follows an execution until it ends, waits for somebody who is not here, or the operator leaves.

import { setTimeout as pause } from 'node:timers/promises'
import type { Office } from '../command-line.ts'
import type { Exit } from '../exit-code.ts'
import { readSignals } from '../../record/signals.ts'
import type { Crew } from './crew.ts'
import { type Answer, Gates } from './gates.ts'
import { endLines, type Show } from './show.ts'
import type { OpenWait } from './timeline.ts'
import { Watch } from './watch.ts'

const readEveryMs = 80

export interface Following {
  readonly show: Show
  readonly crew: Crew
  /** Whether the end is said in words; JSON has said it already. */
  readonly saysEnd: boolean
  readonly answer: Answer | undefined
  /** How somebody else decides what is left open. */
  howToDecide(gates: readonly OpenWait[]): Promise<readonly string[]>
}

export async function follow(office: Office, executionId: string, following: Following): Promise<Exit> {
  const { house, tenant, terminal } = office
  const watch = await Watch.open(house.database.engine, tenant.id, executionId)
  const gates = new Gates(following.answer)
  let isLeaving = false
  const release = terminal.onInterrupt(() => {
    isLeaving = true
    gates.withdraw()
  })
  try {
    for (;;) {
      await watch.read((seen) => following.show.event(watch, seen))
      const open = watch.gates()
      if (!gates.isAnswering) following.show.draw(watch, house.now(), noteOf(watch, house.now()))
      if (watch.ended !== undefined) return ended(watch, office, following)
      if (isLeaving || terminal.isBroken) return leave(executionId, following)
      await following.crew.ensure()
      gates.attend(open)
      const isLeft = !gates.isAnswering && gates.areLeft(open) && watch.restsOnPeople()
      if (isLeft && !(await hasNews(office, executionId))) {
        const left = await following.howToDecide(open)
        // None: they have been decided by now, and the execution is about to hear of it.
        if (left.length > 0) return park(executionId, left, following)
      }
      await pause(readEveryMs)
    }
  } finally {
    gates.withdraw()
    release()
  }
}

/** Whether something was sent to the execution that it has not taken in. */
async function hasNews({ house, tenant }: Office, executionId: string): Promise<boolean> {
  return (await readSignals(house.database.engine, [{ tenantId: tenant.id, executionId }])).length > 0
}

/** Being queued for less is nothing to speak of. */
const longQueueMs = 1500

function noteOf({ execution }: Watch, now: number): string | undefined {
  if (execution.status === 'paused') return `Paused: npx countersign executions resume ${execution.id}`
  if (execution.status !== 'queued' || now - execution.createdAt.getTime() < longQueueMs) return undefined
  return 'Queued: waits for a worker, or for a place under its concurrency limit.'
}

function ended(watch: Watch, { terminal }: Office, { show, saysEnd }: Following): Exit {
  show.rest()
  if (saysEnd) show.say(...endLines(watch, terminal))
  const exits = { completed: 'fine', failed: 'failed', cancelled: 'cancelled' } as const
  return watch.ended === undefined ? 'internal' : exits[watch.ended]
}

function leave(executionId: string, { show }: Following): Exit {
  show.rest()
  show.say(
    'Left as it is. It goes on when a worker comes:',
    `  npx countersign executions follow ${executionId}`,
    '  npx countersign serve',
  )
  return 'interrupted'
}

function park(executionId: string, left: readonly string[], { show }: Following): Exit {
  show.rest()
  show.say(...left, 'Then it goes on:', `  npx countersign executions follow ${executionId}`)
  return 'waiting'
}
