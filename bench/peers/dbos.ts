// DBOS Transact: starter and executor in one process, over its PostgreSQL system database.

import { DBOS } from '@dbos-inc/dbos-sdk'
import { inLanes } from '../lanes.ts'
import { databaseUrl, type Surroundings } from './surroundings.ts'
import type { Contestant } from './turn.ts'

const connections = 40
/** Started directly, not through a queue, which would be polled; so nothing else holds the number down. */
const atOnce = 100

const items = Array.from({ length: 50 }, (_, index) => `m${index}`)
const noop = async () => null

const workflows = {
  linear: DBOS.registerWorkflow(
    async () => {
      for (let index = 0; index < 10; index++) await DBOS.runStep(noop, { name: `s${index}` })
    },
    { name: 'linear' },
  ),
  fan: DBOS.registerWorkflow(
    async () => {
      await DBOS.runStep(noop, { name: 'first' })
      await Promise.all(items.map((name) => DBOS.runStep(noop, { name })))
      await DBOS.runStep(noop, { name: 'last' })
    },
    { name: 'fan' },
  ),
}

export async function openContestant({ database }: Surroundings): Promise<Contestant> {
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: databaseUrl(database).href,
    systemDatabasePoolSize: connections,
    logLevel: 'warn',
  })
  await DBOS.launch()
  return {
    play: (workload, times) =>
      inLanes(atOnce, times, async () => {
        const handle = await DBOS.startWorkflow(workflows[workload])()
        await handle.getResult()
      }),
    close: () => DBOS.shutdown(),
  }
}
