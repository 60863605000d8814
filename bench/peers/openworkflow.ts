// OpenWorkflow: starter and worker in one process, over its PostgreSQL backend.

import { OpenWorkflow } from 'openworkflow'
import { BackendPostgres } from 'openworkflow/postgres'
import { inLanes } from '../lanes.ts'
import type { Surroundings } from './surroundings.ts'
import type { Contestant } from './turn.ts'

const slots = 50
const connections = 20
/** More would cost it speed: each claim of its worker reads all runs that have not ended. */
const atOnce = 100

const items = Array.from({ length: 50 }, (_, index) => `m${index}`)

export async function openContestant({ database }: Surroundings): Promise<Contestant> {
  addressByEnvironment(database)
  const backend = await BackendPostgres.connect(`postgresql:///${database.database}?max=${connections}`)
  const ends = watchEnds(backend)
  const engine = new OpenWorkflow({ backend })
  const linear = engine.defineWorkflow({ name: 'linear' }, async ({ step }) => {
    for (let index = 0; index < 10; index++) await step.run({ name: `s${index}` }, () => null)
    return null
  })
  const fan = engine.defineWorkflow({ name: 'fan' }, async ({ step }) => {
    await step.run({ name: 'first' }, () => null)
    await Promise.all(items.map((name) => step.run({ name }, () => null)))
    await step.run({ name: 'last' }, () => null)
    return null
  })
  const worker = engine.newWorker({ concurrency: slots })
  await worker.start()
  return {
    play: async (workload, times) => {
      const workflow = workload === 'linear' ? linear : fan
      await inLanes(atOnce, times, async () => ends.of((await workflow.run()).workflowRun.id))
    },
    close: async () => {
      await worker.stop()
      await backend.stop()
    },
  }
}

/** Its client looks for a result once a second; the backend's own word that the end is written costs the peer no wait. */
function watchEnds(backend: BackendPostgres) {
  const waiting = new Map<string, PromiseWithResolvers<void>>()
  const end = (id: string) => {
    const found = waiting.get(id) ?? Promise.withResolvers<void>()
    waiting.set(id, found)
    return found
  }
  const complete = backend.completeWorkflowRun.bind(backend)
  backend.completeWorkflowRun = async (params) => {
    const run = await complete(params)
    end(run.id).resolve()
    return run
  }
  const fail = backend.failWorkflowRun.bind(backend)
  backend.failWorkflowRun = async (params) => {
    end(params.workflowRunId).reject(new Error(`A workflow of OpenWorkflow failed: ${JSON.stringify(params.error)}`))
    return fail(params)
  }
  return {
    /** May be asked before and after the end, once. */
    of: async (id: string) => {
      await end(id).promise
      waiting.delete(id)
    },
  }
}

/** Its client takes the directory of a socket from the variables of libpq only, which are this process's own. */
function addressByEnvironment({ host, port, user, password }: Surroundings['database']): void {
  Object.assign(process.env, { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password })
}
