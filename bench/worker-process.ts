// A worker in a process of its own, with the default settings: tells its parent what has ended, and measures itself when asked.

import { readConfig } from '../src/config.ts'
import { buildEngine } from '../src/main/build-engine.ts'
import { type HouseOptions, openHouse } from '../src/main.ts'
import { benchPack } from './pack.ts'

/** How long ends are gathered before the parent hears of them; an idle worker sends nothing. */
const tellMs = 5

let ended = 0
let isTelling = false
const options: HouseOptions = {
  log: () => {},
  packs: [benchPack],
  onDurable: (entries) => {
    for (const { event } of entries) if (event.type === 'execution.ended') ended++
    if (ended === 0 || isTelling) return
    isTelling = true
    setTimeout(() => {
      process.send?.({ type: 'ended', count: ended })
      ended = 0
      isTelling = false
    }, tellMs)
  },
}
const house = await openHouse(readConfig(process.env), options)
const engine = buildEngine(house, options)
await engine.start()
process.send?.({ type: 'ready', workerId: engine.worker.id })

process.on('message', (asked) => {
  if (asked === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.({ type: 'cpu', cpuMs: (user + system) / 1000 })
    return
  }
  // Twice: what only a finalizer held goes with the second.
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ type: 'memory', rss, heapUsed })
})

process.once('SIGTERM', () => {
  void engine
    .stop()
    .then(() => house.close())
    .then(() => process.exit(0))
})

// Its parent has gone.
process.once('disconnect', () => process.exit(1))
