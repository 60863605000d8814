// The API over HTTP, as others meet it: reads beside many executions, and durable starts. The server is a process of its own
// and the load is another; both and the database share the machine.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { insertApiKey } from '../src/record/api-keys.ts'
import { Pool } from 'pg'
import { asTenant } from '../src/record/database.ts'
import type { Bench, Run } from './bench.ts'
import type { Figure } from './figures.ts'
import { fillFinished, newestExecutions, settle, tidyTables } from './filling.ts'
import type { HttpLoad, HttpResult } from './http-load.ts'
import { onStage, type Stage } from './stage.ts'
import { linear } from './workloads.ts'

const run = promisify(execFile)
const file = (name: string): string => new URL(name, import.meta.url).pathname
const connections = 50
const seconds = 8
const monthMs = 30.4 * 24 * 3_600_000
const journalSeconds = 150

interface Listening {
  readonly url: string
  end(): Promise<void>
}

/** Starts a process and waits for the line that says where it listens. */
async function listen(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Listening> {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const url = await addressOf(child)
  return {
    url,
    end: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
      process.off('exit', kill)
    },
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    const found = /(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1]
    if (found !== undefined && (text.includes('is ready') || text.trim() === found)) return found
  }
  throw new Error('The process ended before it listened.')
}

async function load(given: HttpLoad): Promise<HttpResult> {
  const { stdout } = await run(process.execPath, [file('./http-load.ts'), JSON.stringify(given)])
  // Printed by bench/http-load.ts.
  const result: HttpResult = JSON.parse(stdout)
  if (result.failures > 0) console.warn(`${result.failures} requests of ${given.paths[0] ?? ''} failed.`)
  return result
}

/** A key of the stage's owner. */
async function makeKey({ house, tenantId, ownerId }: Stage): Promise<string> {
  const text = `cs_${randomBytes(32).toString('base64url')}`
  await asTenant(house.database, tenantId, (client) => insertApiKey(client, {
    tenantId,
    id: house.newId(),
    memberId: ownerId,
    agentId: null,
    name: 'bench',
    prefix: text.slice(0, 8),
    hash: createHash('sha256').update(text).digest(),
    scopes: null,
    createdBy: 'operator',
    createdAt: new Date(),
    expiresAt: null,
  }))
  return text
}

async function serving<T>(run: Run, stage: Stage, work: (request: Omit<HttpLoad, 'method' | 'paths'>) => Promise<T>) {
  const server = await listen([file('../src/cli/countersign.ts'), 'serve', '--no-examples'], {
    DATABASE_URL: stage.access.url,
    COUNTERSIGN_KEY_FILE: run.server.keyFile,
    COUNTERSIGN_RATE_LIMIT: '0',
    PORT: '0',
    LOG_LEVEL: 'warn',
  })
  try {
    const headers = { authorization: `Bearer ${await makeKey(stage)}`, 'content-type': 'application/json' }
    return await work({ url: server.url, headers, connections, seconds: Math.max(2, run.scaled(seconds)) })
  } finally {
    await server.end()
  }
}

function figure(bench: string, result: HttpResult, more: Readonly<Record<string, number>> = {}): Figure {
  return { bench, values: { ...result, ...more } }
}

async function bareRoute(seconds: number): Promise<HttpResult> {
  const bare = await listen([file('./http-bare.ts')])
  try {
    return await load({ url: bare.url, method: 'GET', headers: {}, paths: ['/'], connections, seconds })
  } finally {
    await bare.end()
  }
}

/** Inserts of one small row, each its own transaction, as many at once as the API has connections. */
async function bareInserts(stage: Stage, seconds: number): Promise<number> {
  const pool = new Pool({ connectionString: stage.access.url, max: 16 })
  try {
    await pool.query('create table if not exists bare_inserts (id uuid primary key, text text)')
    const until = performance.now() + seconds * 1000
    const insert = async () => {
      let count = 0
      for (; performance.now() < until; count++) {
        await pool.query(`insert into bare_inserts values ($1, 'a row of which nobody wants more')`, [stage.house.newId()])
      }
      return count
    }
    const counts = await Promise.all(Array.from({ length: connections }, insert))
    return counts.reduce((sum, count) => sum + count, 0) / seconds
  } finally {
    await pool.end()
  }
}

function reads(name: string, full: number): Bench {
  return {
    name,
    about: `the list of executions and one of them over HTTP, beside ${full.toLocaleString('en')} executions, ${connections} connections`,
    measure: async (run) =>
      onStage(run.server, { engine: false }, async (stage) => {
        await stage.save(linear)
        const { tenantId, house } = stage
        const [from, until] = [new Date(Date.now() - 6 * monthMs), new Date()]
        const filling = { tenantId, workflow: linear.name, executions: run.scaled(full), from, until }
        await fillFinished(house.database.address, filling, journalSeconds)
        await tidyTables(house.database.address)
        await settle(house.database.address)
        const ids = await newestExecutions(house.database.engine, tenantId, 500)
        return serving(run, stage, async (request) => {
          const read = (paths: readonly string[]) => load({ ...request, method: 'GET', paths })
          const list = '/api/v1/executions?limit=50'
          await read([list, ...ids.slice(0, 20).map((id) => `/api/v1/executions/${id}`)])
          return [
            figure(`${name} bare route`, await bareRoute(request.seconds)),
            figure(`${name} list`, await read([list])),
            figure(`${name} list failed`, await read([`${list}&status=failed`])),
            figure(`${name} get`, await read(ids.map((id) => `/api/v1/executions/${id}`))),
          ]
        })
      }),
  }
}

const starts: Bench = {
  name: 'http-starts',
  about: `durable starts over HTTP, ${connections} connections, beside bare inserts`,
  measure: async (run) =>
    onStage(run.server, { engine: false }, async (stage) => {
      await stage.save(linear)
      return serving(run, stage, async (request) => {
        const body = JSON.stringify({ workflow: linear.name, inputs: {} })
        const start = () => load({ ...request, method: 'POST', paths: ['/api/v1/executions'], body })
        await start()
        const bare = await bareInserts(stage, request.seconds)
        return [figure('http-starts', await start(), { bare_inserts_per_s: bare })]
      })
    }),
}

export const httpBenches: readonly Bench[] = [reads('http-100k', 100_000), reads('http-1m', 1_000_000), starts]
