// Restate: its server on a scratch directory; the services and the starter in one process.

import { once } from 'node:events'
import { createServer } from 'node:http2'
import { type Context, createEndpointHandler, RestatePromise, service } from '@restatedev/restate-sdk'
import { connect } from '@restatedev/restate-sdk-clients'
import { inLanes } from '../lanes.ts'
import { startRestateServer } from './restate-server.ts'
import type { Surroundings } from './surroundings.ts'
import type { Contestant } from './turn.ts'

/** Half of what its invoker runs beside one another; fewer leave it waiting for the disk. */
const atOnce = 500

const items = Array.from({ length: 50 }, (_, index) => `m${index}`)

const bench = service({
  name: 'bench',
  handlers: {
    linear: async (context: Context) => {
      for (let index = 0; index < 10; index++) await context.run(`s${index}`, () => null)
    },
    fan: async (context: Context) => {
      await context.run('first', () => null)
      await RestatePromise.all(items.map((name) => context.run(name, () => null)))
      await context.run('last', () => null)
    },
  },
})

export async function openContestant({ directory }: Surroundings): Promise<Contestant> {
  const endpoint = createServer(createEndpointHandler({ services: [bench], logger: () => {} }))
  endpoint.listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  const address = endpoint.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const server = await startRestateServer(directory)
  await server.register(`http://127.0.0.1:${port}`)
  const client = connect({ url: server.ingressUrl }).serviceClient(bench)
  return {
    play: (workload, times) => inLanes(atOnce, times, async () => client[workload]()),
    close: async () => {
      await server.stop()
      endpoint.close()
    },
  }
}
