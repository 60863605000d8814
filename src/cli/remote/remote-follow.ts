// Follows an execution on a server from this terminal.

import type { Client } from '../../client/client.ts'
import type { Exit } from '../exit-code.ts'
import { follow } from '../follow/follow.ts'
import type { Answer } from '../follow/gates.ts'
import type { SessionOptions } from '../follow/session.ts'
import { createShow, type Show } from '../follow/show.ts'
import { Watch } from '../follow/watch.ts'
import type { Teller } from '../people/decision-lines.ts'
import { askApproval } from '../people/questions.ts'
import type { Ballot } from '../people/votes.ts'
import type { Site } from '../site.ts'
import { castVote, findPending, remoteDecisionLines } from './remote-approvals.ts'
import { Pulse } from './pulse.ts'

type Here = Pick<Site, 'terminal' | 'now' | 'source'>

export async function followThere(
  client: Client,
  here: Here,
  teller: () => Teller,
  executionId: string,
  options: SessionOptions,
): Promise<Exit> {
  const { terminal, now, source } = here
  const isJson = options.json === true
  const show = createShow(isJson ? 'json' : terminal.isLive ? 'live' : 'plain', terminal)
  const watch = await Watch.open(source, executionId)
  const pulse = new Pulse(client, executionId)
  try {
    return await follow(terminal, watch, {
      show,
      now,
      pause: () => pulse.next(),
      ensureWork: async () => undefined,
      hasNews: async () => false,
      saysEnd: !isJson,
      answer: answerThere(client, here, show, options),
      howToDecide: (gates) => remoteDecisionLines(client, gates, teller()),
      flags: teller().flags,
      farewell: [
        'It goes on there. To see how:',
        `  npx countersign executions follow ${executionId}${teller().flags}`,
      ],
    })
  } finally {
    pulse.stop()
  }
}

/** Forms are filled in elsewhere. */
function answerThere(client: Client, { terminal, now }: Here, show: Show, options: SessionOptions): Answer | undefined {
  const told: Ballot['vote'] | undefined =
    options.approve === true ? 'approve' : options.reject === true ? 'reject' : undefined
  if (told === undefined && (!terminal.canAsk || options.json === true)) return undefined
  return async ({ run: { wait } }, signal) => {
    if (wait?.on !== 'approval' || wait.ref === undefined) return false
    const approval = await findPending(client, wait.ref)
    if (approval === undefined) return true
    const decision = told === undefined ? await askApproval({ terminal, now }, show, approval, signal) : { vote: told }
    if (decision === undefined) return signal.aborted
    const { as } = options
    const ballot: Ballot = { ...decision, ...(as !== undefined && { as }) }
    const { said, released } = await castVote(client, approval.id, ballot)
    show.say(said)
    return released !== undefined
  }
}
