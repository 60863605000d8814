// What the end of a server promises to whoever is connected.

import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { createDrain } from './drain.ts'

async function open() {
  const app = fastify({ forceCloseConnections: 'idle' })
  const drain = createDrain(app)
  const slow = Promise.withResolvers<string>()
  const entered = Promise.withResolvers<void>()
  app.get('/', async () => 'quick')
  app.get('/slow', () => {
    entered.resolve()
    return slow.promise
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { drain, slow, entered: entered.promise, port: portOf(app.server.address()) }
}

async function get(port: number, path: string, agent?: Agent) {
  const asked = request({ port, host: '127.0.0.1', path, agent }).end()
  const [answer] = await once(asked, 'response')
  let body = ''
  for await (const chunk of answer) body += String(chunk)
  return { status: answer.statusCode, connection: answer.headers.connection, body }
}

test('a request under way ends, one that comes meanwhile is answered and told to go, and later ones find nobody', async () => {
  const { drain, slow, entered, port } = await open()
  const agent = new Agent({ keepAlive: true })
  expect((await get(port, '/', agent)).connection).toBe('keep-alive')
  const underWay = get(port, '/slow')
  await entered
  const closed = drain.close(60_000)
  expect(await get(port, '/', agent)).toMatchObject({ status: 200, connection: 'close', body: 'quick' })
  slow.resolve('done')
  expect(await underWay).toMatchObject({ status: 200, connection: 'close', body: 'done' })
  await closed
  await expect(get(port, '/')).rejects.toThrow('ECONNREFUSED')
  agent.destroy()
})

test('who does not go in time is cut off', async () => {
  const { drain, entered, port } = await open()
  const idle = connect(port, '127.0.0.1')
  await once(idle, 'connect')
  const underWay = get(port, '/slow')
  underWay.catch(() => undefined)
  await entered
  await drain.close(50)
  await expect(underWay).rejects.toThrow('socket hang up')
  idle.destroy()
})

test('where nobody is connected it takes no time', async () => {
  const { drain, port } = await open()
  await drain.close(60_000)
  await expect(get(port, '/')).rejects.toThrow('ECONNREFUSED')
})

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0
}
