// A whole house with its engine in a process of its own, made to be killed: its configuration is the first argument, in JSON.

import { writeSync } from 'node:fs'
import { z } from 'zod'
import { readConfig } from '../../src/config.ts'
import { buildEngine } from '../../src/main/build-engine.ts'
import { openHouse } from '../../src/main.ts'
import { createCrashPack } from './crash-pack.ts'
import { eventText, messageSchema, type Report } from './points.ts'
import { Saboteur } from './saboteur.ts'

const given = z
  .object({
    environment: z.record(z.string(), z.string()),
    effectsUrl: z.string(),
    openFence: z.string().optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

/** The pipe to the parent, after the three usual ones and the channel for messages. */
const reportsFd = 4

/** Returns once the parent's pipe has it, so that it arrives whatever happens next. */
function report(said: Report): void {
  let left = Buffer.from(`${JSON.stringify(said)}\n`)
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(reportsFd, left))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}

const saboteur = new Saboteur({ workerId: () => engine.worker.id, report, openFence: given.openFence })

// Everything in the house shares the machine's clock, so it is the clock that jumps.
const machineNow = Date.now
Date.now = () => machineNow() + saboteur.aheadMs

const options = {
  log: () => {},
  packs: [createCrashPack(given.effectsUrl, (when) => saboteur.run(when))],
  onDurable: (entries: readonly { executionId: string; seq: number; event: Parameters<typeof eventText>[2] }[]) => {
    report({ say: 'durable', events: entries.map(({ executionId, seq, event }) => eventText(executionId, seq, event)) })
  },
}
const house = await openHouse(readConfig(given.environment), options)
saboteur.attach(house.database.engine)
const engine = buildEngine(house, options)
process.on('message', (sent) => {
  const message = messageSchema.parse(sent)
  if (message.tell === 'orders') saboteur.obey(message.orders)
  else saboteur.goOn()
})
// The parent is gone: nobody else ends this process.
process.on('disconnect', () => process.exit(1))
await engine.start()
report({ say: 'ordered', id: 0, worker: engine.worker.id })
