// A server that is killed while it tells: its listeners lose nothing.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, expect, test } from 'vitest'
import { startExecutions } from '../../src/record/executions.ts'
import { createTestTenant, databaseKey, newId, openOwnDatabase } from '../setup/database.ts'
import { newExecution } from '../setup/executions.ts'
import { StreamClient } from './stream-server.ts'

const database = await openOwnDatabase()
const children = new Set<ChildProcess>()
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await database.close()
})

async function serve(): Promise<{ child: ChildProcess; port: number }> {
  const given = JSON.stringify({ address: database.address, key: databaseKey().toString('hex') })
  const child = fork(new URL('server-process.ts', import.meta.url), [given], { execArgv: [] })
  children.add(child)
  const [port] = await once(child, 'message')
  return { child, port: Number(port) }
}

test('who comes back after its server was killed in the middle has each event once, in the order of all others', async () => {
  const { id: tenant } = await createTestTenant(database)
  const watcher = await serve()
  const whole = await new StreamClient(watcher.port, { tenant, topics: 'executions' }).opened()
  const started: string[] = []
  const over = new AbortController()
  const writing = (async () => {
    while (!over.signal.aborted) {
      const executions = [0, 1, 2].map(() => newExecution(tenant, { id: newId(), createdAt: new Date() }))
      await startExecutions(database.engine, executions)
      started.push(...executions.map(({ id }) => id))
    }
  })()
  const heard: string[] = []
  let lastId = ''
  for (let round = 0; round < 4; round++) {
    const { child, port } = await serve()
    const client = await new StreamClient(port, {
      tenant,
      topics: 'executions',
      last_event_id: lastId || whole.lastId,
    }).opened()
    await client.has(50)
    child.kill('SIGKILL')
    await client.until(() => client.isEnded)
    heard.push(...client.messages.map(({ data }) => String(data['execution_id'])))
    lastId = client.lastId
  }
  over.abort()
  await writing
  const { port } = await serve()
  const last = await new StreamClient(port, { tenant, topics: 'executions', last_event_id: lastId }).opened()
  await whole.has(started.length)
  const all = whole.messages.map(({ data }) => String(data['execution_id']))
  const first = all.indexOf(heard[0] ?? '')
  await last.has(all.length - first - heard.length)
  heard.push(...last.messages.map(({ data }) => String(data['execution_id'])))
  expect(all.toSorted()).toEqual(started.toSorted())
  expect(heard).toEqual(all.slice(first))
  for (const client of [whole, last]) client.close()
})
