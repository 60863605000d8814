// SIGTERM to a real process under load: nobody's request is broken, and it ends well and in time.

import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { install } from '../cli/program.ts'

interface Answer {
  readonly status: number
  readonly isLast: boolean
}

async function ask(url: URL, agent: Agent, method: string, path: string): Promise<Answer> {
  const asked = request({
    host: url.hostname,
    port: url.port,
    path,
    method,
    agent,
    headers: { 'content-type': 'application/json' },
  })
  asked.end(method === 'POST' ? '{"a":1}' : undefined)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve)
    asked.once('error', reject)
  })
  answer.resume()
  await once(answer, 'end')
  return { status: answer.statusCode ?? 0, isLast: answer.headers.connection === 'close' }
}

/** Sends one request after the other over one connection until it is told to go; returns the answers by status. */
async function client(url: URL, number: number): Promise<Map<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const answers = new Map<number, number>()
  for (let isLast = false; !isLast;) {
    const [method, path] = number % 2 === 0 ? ['GET', '/ready'] : ['POST', '/hooks/nobody']
    const answer = await ask(url, agent, method, path)
    answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1)
    isLast = answer.isLast
  }
  agent.destroy()
  return answers
}

test('no request of twenty busy connections is broken, and who asks whether it is ready hears that it is not', async () => {
  const { start } = await install()
  const serving = start(['serve', '--no-examples'], { COUNTERSIGN_DRAIN: '20s' })
  const [, address = ''] = await serving.says(/Countersign is ready at (http:\S+) /)
  const url = new URL(address)
  const clients = Array.from({ length: 20 }, (_, number) => client(url, number))
  await ask(url, new Agent(), 'GET', '/ready')
  serving.child.kill('SIGTERM')
  const answers = await Promise.all(clients)
  const sum = (status: number) => answers.reduce((all, each) => all + (each.get(status) ?? 0), 0)
  expect(sum(200)).toBeGreaterThan(0)
  expect(sum(404)).toBeGreaterThan(0)
  expect(sum(503)).toBeGreaterThan(0)
  expect(await serving.ended).toMatchObject({ code: 0 })
})
