// Follows an execution from this terminal: how it is shown, who works on it, who answers its gates.

import { setTimeout } from 'node:timers/promises'
import type { Office } from '../command-line.ts'
import type { Exit } from '../exit-code.ts'
import { createLog } from '../log.ts'
import type { Log } from '../../main.ts'
import { answerFor, type AnswerOptions } from '../people/answer.ts'
import { decisionLines, tellerOf } from '../people/decision-lines.ts'
import { readSignals } from '../../record/signals.ts'
import { Crew } from './crew.ts'
import { follow } from './follow.ts'
import { recordSource } from './record-source.ts'
import { createShow, type Show } from './show.ts'
import { Watch } from './watch.ts'

const readEveryMs = 80

export interface SessionOptions extends AnswerOptions {
  readonly json?: boolean
}

export async function followHere(office: Office, executionId: string, options: SessionOptions): Promise<Exit> {
  const { house, terminal } = office
  const isJson = options.json === true
  const show = createShow(isJson ? 'json' : terminal.isLive ? 'live' : 'plain', terminal)
  const crew = new Crew(house, { log: sessionLog(show, executionId, office) })
  const key = { tenantId: office.tenant.id, executionId }
  try {
    const watch = await Watch.open(recordSource(office), executionId)
    return await follow(terminal, watch, {
      show,
      now: house.now,
      pause: () => setTimeout(readEveryMs),
      ensureWork: () => crew.ensure(),
      hasNews: async () => (await readSignals(house.database.engine, [key])).length > 0,
      saysEnd: !isJson,
      answer: answerFor(office, show, options),
      howToDecide: (gates) => decisionLines(office, gates),
      flags: tellerOf(office).flags,
      farewell: [
        'Left as it is. It goes on when a worker comes:',
        `  npx countersign executions follow ${executionId}`,
        '  npx countersign serve',
      ],
    })
  } finally {
    await crew.leave()
  }
}

/** What the steps of this execution log is shown with its progress; of the rest, only warnings. */
function sessionLog(show: Show, executionId: string, { house, terminal }: Office): Log {
  const { logLevel } = house.config
  const target = { write: (text: string) => show.say(text), forPeople: true, paint: terminal.paint, now: house.now }
  const own = createLog({ ...target, level: logLevel })
  const others = createLog({ ...target, level: logLevel === 'info' ? 'warn' : logLevel })
  return (level, message, detail) => {
    const { executionId: id, tenantId: _, step, ...rest } = detail
    if (id === executionId && typeof step === 'string') own(level, `${step}: ${message}`, rest)
    else others(level, message, detail)
  }
}
