// The plans of the statements that the product prepares, beside many finished executions: `node bench/plans.ts [--finished 100000]`

import { parseArgs } from 'node:util'
import type { Pool } from '../src/record/database.ts'
import { fillFinished, genericPlan, tidyTables, type PreparedStatement, preparedStatements } from './filling.ts'
import { approve, parkGated } from './latency.ts'
import { withServer } from './server.ts'
import { onStage, type Stage } from './stage.ts'
import { awaiting, gated, linear, listening, mixed, mixedInputs } from './workloads.ts'

const journalSeconds = 150
const times = 200
const monthsMs = 180 * 24 * 3_600_000

/** A little of everything, so that each statement has been prepared. */
async function playAll(stage: Stage): Promise<void> {
  const { house, tenantId } = stage
  for (const workflow of [linear, mixed, gated, awaiting, listening]) await stage.save(workflow)
  await stage.play(linear, times)
  await stage.play(mixed, times, mixedInputs)
  for (const approval of await parkGated(stage, times)) await approve(stage, approval)
  const parked = stage.durable.next(times, { type: 'step.waiting', step: 'wait' })
  await stage.startMany(awaiting, times, (number) => ({ number }))
  await parked
  for (let number = 0; number < times; number++) {
    const event = { tenantId, source: 'plans', data: { number, amount: 1 } }
    await house.events.receive({ ...event, type: 'bench.paid', id: `paid ${number}` })
    await house.events.receive({ ...event, type: 'bench.order', id: `order ${number}` })
  }
}

/** What all connections of a pool have prepared, by name. */
async function preparedIn(pool: Pool): Promise<Map<string, PreparedStatement>> {
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()))
  const found = new Map<string, PreparedStatement>()
  for (const client of clients) {
    for (const one of await preparedStatements(client)) {
      const { generic = 0, custom = 0 } = found.get(one.name) ?? {}
      found.set(one.name, { ...one, generic: generic + one.generic, custom: custom + one.custom })
    }
    client.release()
  }
  return found
}

async function printPlans(pool: Pool, role: string): Promise<void> {
  for (const { name, statement, generic, custom } of (await preparedIn(pool)).values()) {
    const plan = await genericPlan(pool, statement).catch((error: Error) => `No plan: ${error.message}`)
    console.log(
      `-- ${name} (${role}; planned for all arguments ${generic} times, for these ${custom} times)\n${plan}\n`,
    )
  }
}

const { values } = parseArgs({ options: { finished: { type: 'string', default: '100000' } } })
await withServer((server) =>
  onStage(server, { engine: true }, async (stage) => {
    const { tenantId, house } = stage
    await stage.save(linear)
    const span = { from: new Date(Date.now() - monthsMs), until: new Date() }
    const filling = { tenantId, workflow: linear.name, executions: Number(values.finished), ...span }
    await fillFinished(house.database.address, filling, journalSeconds)
    await playAll(stage)
    await tidyTables(house.database.address)
    await printPlans(house.database.engine, 'engine')
    await printPlans(house.database.api, 'api')
  }),
)
