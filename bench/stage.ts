// A whole house on a fresh database, with a tenant and an owner in it: where the workloads play.

import { readConfig } from '../src/config.ts'
import { saveWorkflow } from '../src/engine/triggers/save-workflow.ts'
import { operatorOf } from '../src/kernel/access/actor.ts'
import { asTenant } from '../src/record/database.ts'
import type { Engine } from '../src/engine/engine.ts'
import type { Workflow } from '../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { buildEngine } from '../src/main/build-engine.ts'
import { type House, type HouseOptions, openHouse } from '../src/main.ts'
import type { DatabaseAccess } from '../src/record/embedded/server.ts'
import { insertMember } from '../src/record/members.ts'
import { insertTenant } from '../src/record/tenants.ts'
import { Durable, hasFailed } from './durable.ts'
import { benchPack, benchPacks } from './pack.ts'
import { type BenchServer, openServer } from './server.ts'

export interface Stage {
  readonly house: House
  readonly access: DatabaseAccess
  /** What the engine of this process made durable. */
  readonly durable: Durable
  readonly tenantId: string
  /** The only member of the tenant. */
  readonly ownerId: string
  addTenant(slug: string): Promise<string>
  save(workflow: Workflow, tenantId?: string): Promise<void>
  /** Starts one execution through the public path; resolves when it is durable, with its id. */
  start(workflow: Workflow, inputs?: JsonObject, tenantId?: string): Promise<string>
  /** Starts so many, each with the inputs of its number. */
  startMany(workflow: Workflow, times: number, inputs?: (index: number) => JsonObject): Promise<void>
  /** Starts so many; resolves when the last one's end is durable, with milliseconds. Rejects when one did not complete. */
  play(workflow: Workflow, times: number, inputs?: JsonObject): Promise<number>
  startEngine(): Promise<void>
  close(): Promise<void>
}

interface StageOptions {
  /** Whether an engine runs in this process from the beginning. */
  readonly engine: boolean
}

/** Runs `work` on a database of its own. */
export async function onStage<T>(
  server: BenchServer,
  options: StageOptions,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  return server.withDatabase(async (access) => {
    const stage = await raise(access, server.keyFile, options)
    try {
      return await work(stage)
    } finally {
      await stage.close()
    }
  })
}

/** A stage on a server of its own, with an engine. */
export async function openStage(): Promise<Stage> {
  const server = await openServer()
  const stage = await raise(server.access, server.keyFile, { engine: true })
  const close = async () => {
    await stage.close()
    await server.close()
  }
  return { ...stage, close }
}

async function raise(access: DatabaseAccess, keyFile: string, { engine }: StageOptions): Promise<Stage> {
  const durable = new Durable()
  const options: HouseOptions = { log: complain, packs: [benchPack], onDurable: durable.hear }
  const house = await openHouse(readConfig({ DATABASE_URL: access.url, COUNTERSIGN_KEY_FILE: keyFile }), options)
  const engines: Engine[] = []
  const startEngine = async () => {
    const started = buildEngine(house, options)
    engines.push(started)
    await started.start()
  }
  const close = async () => {
    for (const started of engines) await started.stop()
    await house.close()
  }
  try {
    const stage = await furnish({ house, access, durable, startEngine, close })
    if (engine) await startEngine()
    return stage
  } catch (error) {
    await close()
    throw error
  }
}

type Empty = Pick<Stage, 'house' | 'access' | 'durable' | 'startEngine' | 'close'>

async function furnish(empty: Empty): Promise<Stage> {
  const { house, durable } = empty
  const addTenant = (slug: string) => insertBenchTenant(house, slug)
  const tenantId = await addTenant('bench')
  const owner = { tenantId, email: 'owner@example.com', name: 'Owner', role: 'owner', approverRoles: [] } as const
  const { id: ownerId } = await insertMember(house.database.engine, {
    ...owner,
    id: house.newId(),
    createdAt: new Date(),
  })
  const start: Stage['start'] = ({ name }, inputs = {}, of = tenantId) => startExecution(house, of, name, inputs)
  const startMany: Stage['startMany'] = async (workflow, times, inputs = () => ({})) => {
    for (let done = 0; done < times; done += startedAtOnce) {
      const count = Math.min(startedAtOnce, times - done)
      await Promise.all(Array.from({ length: count }, (_, index) => start(workflow, inputs(done + index))))
    }
  }
  return {
    ...empty,
    ...{ tenantId, ownerId, addTenant, start, startMany },
    save: async (workflow, of = tenantId) => {
      const request = { workflow, source: JSON.stringify(workflow) }
      await asTenant(house.database, of, (client) => saveWorkflow(house, client, operatorOf(of), request))
    },
    play: async (workflow, times, inputs = {}) => {
      let failure: string | undefined
      const ended = durable.next(times, { type: 'execution.ended' }, ({ event }) => {
        if (hasFailed(event)) failure ??= event.failure?.message ?? event.status
      })
      const before = performance.now()
      await startMany(workflow, times, () => inputs)
      await ended
      const ms = performance.now() - before
      if (failure !== undefined) throw new Error(`"${workflow.name}" did not complete: ${failure}`)
      return ms
    },
  }
}

async function insertBenchTenant({ newId, database }: House, slug: string): Promise<string> {
  const id = newId()
  await insertTenant(database.engine, { id, slug, name: slug, packs: benchPacks, createdAt: new Date() })
  return id
}

async function startExecution(house: House, tenantId: string, workflow: string, inputs: JsonObject): Promise<string> {
  const started = await house.starter.start({ tenantId, workflow, inputs, startedBy: 'bench' })
  if (!started.ok) throw new Error(started.problems.map((problem) => problem.message).join(' '))
  return started.value.executionId
}

/** As many calls of start as may wait at once; the starter itself inserts 500 with one statement. */
const startedAtOnce = 5000

/** A warning changes what a figure means, so it is shown. */
const complain: HouseOptions['log'] = (level, message, detail) => {
  if (level === 'warn' || level === 'error') console.warn(`${level}: ${message}`, detail)
}
