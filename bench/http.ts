// The API over HTTP, as others meet it: reads beside many executions, and durable starts. The server is a process of its own
// and the load is another; both and the database share the machine.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { promisify } from 'node:util'
import { Pool } from 'pg'
import { insertApiKey } from '../src/record/api-keys.ts'
import { asTenant } from '../src/record/database.ts'
import { insertMember } from '../src/record/members.ts'
import type { Bench, Run } from './bench.ts'
import type { Figure } from './figures.ts'
import { fillFinished, newestExecutions, settle, tidyTables } from './filling.ts'
import type { HttpLoad, HttpResult } from './http-load.ts'
import { onStage, type Stage } from './stage.ts'
import { ownCpuMs, residentMb } from './system-process.ts'
import { linear } from './workloads.ts'

const execute = promisify(execFile)
const file = (name: string): string => new URL(name, import.meta.url).pathname
const connections = 50
const seconds = 6
const monthMs = 30.4 * 24 * 3_600_000
/** The journal of a million executions has eleven million rows. The newest are filled first, and they are what is read. */
const journalSeconds = 45
/** Tenants that ask side by side. */
const neighbours = 25

interface Listening {
  readonly url: string
  readonly pid: number
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
    pid: child.pid ?? Number.NaN,
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
  const { stdout } = await execute(process.execPath, [file('./http-load.ts'), JSON.stringify(given)])
  // Printed by bench/http-load.ts.
  const result: HttpResult = JSON.parse(stdout)
  if (result.failures > 0) console.warn(`${result.failures} requests of ${given.paths[0] ?? ''} failed.`)
  return result
}

/** A key of a member of a tenant. */
async function makeKey({ house }: Stage, tenantId: string, memberId: string): Promise<string> {
  const text = `cs_${randomBytes(32).toString('base64url')}`
  const key = {
    ...{ tenantId, memberId, agentId: null, scopes: null, expiresAt: null },
    ...{ id: house.newId(), name: 'bench', prefix: text.slice(0, 8), createdBy: 'operator', createdAt: new Date() },
    hash: createHash('sha256').update(text).digest(),
  }
  await asTenant(house.database, tenantId, (client) => insertApiKey(client, key))
  return text
}

type Asked = Pick<HttpLoad, 'method' | 'paths' | 'keys' | 'body'>

export interface Served {
  readonly inAll: number
  readonly pid: number
  /** Loads the server, and says beside what came of it what its process took. */
  ask(bench: string, asked: Asked): Promise<Figure>
}

export async function serving<T>(run: Run, stage: Stage, work: (served: Served) => Promise<T>): Promise<T> {
  const server = await listen([file('../src/cli/countersign.ts'), 'serve', '--no-examples'], {
    DATABASE_URL: stage.access.url,
    COUNTERSIGN_KEY_FILE: run.server.keyFile,
    // One key sends more than callers usually may; its requests are counted nevertheless.
    COUNTERSIGN_RATE_LIMIT: '100000000',
    PORT: '0',
    LOG_LEVEL: 'warn',
  })
  try {
    const key = await makeKey(stage, stage.tenantId, stage.ownerId)
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const inAll = Math.max(2, run.scaled(seconds))
    const ask: Served['ask'] = async (bench, asked) => {
      const before = await ownCpuMs(server.pid)
      const result = await load({ ...asked, url: server.url, headers, connections, seconds: inAll })
      const cpuMs = (await ownCpuMs(server.pid)) - before
      const took = {
        serve_cpu_us: (cpuMs * 1000) / (result.per_s * inAll),
        serve_memory_mb: (await residentMb(server.pid)) ?? Number.NaN,
        load_average: loadavg()[0] ?? Number.NaN,
      }
      return { bench, values: { ...result, ...took } }
    }
    return await work({ inAll, pid: server.pid, ask })
  } finally {
    await server.end()
  }
}

export async function bareRoute(bench: string, inAll: number): Promise<Figure> {
  const bare = await listen([file('./http-bare.ts')])
  try {
    const asked = { url: bare.url, method: 'GET', headers: {}, paths: ['/'], connections, seconds: inAll } as const
    return { bench, values: { ...(await load(asked)) } }
  } finally {
    await bare.end()
  }
}

/** Inserts of one small row, each its own transaction, as many at once as the API has connections. */
async function bareInserts(stage: Stage, inAll: number): Promise<number> {
  const pool = new Pool({ connectionString: stage.access.url, max: 16 })
  try {
    await pool.query('create table if not exists bare_inserts (id uuid primary key, text text)')
    const until = performance.now() + inAll * 1000
    const insert = async () => {
      let count = 0
      for (; performance.now() < until; count++) {
        await pool.query(`insert into bare_inserts values ($1, 'a row of which nobody wants more')`, [
          stage.house.newId(),
        ])
      }
      return count
    }
    const counts = await Promise.all(Array.from({ length: connections }, insert))
    return counts.reduce((sum, count) => sum + count, 0) / inAll
  } finally {
    await pool.end()
  }
}

const list = '/api/v1/executions?limit=50'

function reads(name: string, full: number): Bench {
  return {
    name,
    about: `the list of executions and one of them over HTTP, beside ${full.toLocaleString('en')} executions, ${connections} connections`,
    measure: async (run) =>
      onStage(run.server, { engine: false }, async (stage) => {
        const ids = await furnish(stage, run.scaled(full))
        const keys = await addNeighbours(stage)
        return serving(run, stage, async ({ inAll, ask }) => {
          const read = (what: string, paths: readonly string[], of: readonly string[] = []) =>
            ask(`${name} ${what}`, { method: 'GET', paths, keys: of })
          const one = ids.map((id) => `/api/v1/executions/${id}`)
          const pages = Array.from({ length: 200 }, (_, page) => `${list}&offset=${page}`)
          await read('warm', [list, ...one])
          return [
            await bareRoute(`${name} bare route`, inAll),
            await read('list', [list]),
            await read('list failed', [`${list}&status=failed`]),
            await read('list pages', pages),
            await read('list tenants', Array<string>(keys.length).fill(list), keys),
            await read('get', one),
          ]
        })
      }),
  }
}

/** Finished executions; returns the ids of the newest. */
async function furnish(stage: Stage, executions: number): Promise<string[]> {
  const { tenantId, house } = stage
  await stage.save(linear)
  const [from, until] = [new Date(Date.now() - 6 * monthMs), new Date()]
  await fillFinished(
    house.database.address,
    { tenantId, workflow: linear.name, executions, from, until },
    journalSeconds,
  )
  await tidyTables(house.database.address)
  await settle(house.database.address)
  return newestExecutions(house.database.engine, tenantId, 500)
}

/** Tenants with fifty executions each; returns a key of each. */
async function addNeighbours(stage: Stage): Promise<string[]> {
  const { house } = stage
  const keys: string[] = []
  for (let number = 0; number < neighbours; number++) {
    const tenantId = await stage.addTenant(`neighbour-${number}`)
    await stage.save(linear, tenantId)
    await Promise.all(Array.from({ length: 50 }, () => stage.start(linear, {}, tenantId)))
    const owner = { tenantId, email: 'owner@example.com', name: 'Owner', role: 'owner', approverRoles: [] } as const
    const { id } = await insertMember(house.database.engine, { ...owner, id: house.newId(), createdAt: new Date() })
    keys.push(await makeKey(stage, tenantId, id))
  }
  return keys
}

const starts: Bench = {
  name: 'http-starts',
  about: `durable starts over HTTP, ${connections} connections, beside bare inserts; the server also runs what is started`,
  measure: async (run) =>
    onStage(run.server, { engine: false }, async (stage) => {
      await stage.save(linear)
      return serving(run, stage, async ({ inAll, ask }) => {
        const body = JSON.stringify({ workflow: linear.name, inputs: {} })
        const start = () => ask('http-starts', { method: 'POST', paths: ['/api/v1/executions'], body })
        await start()
        const bare = await bareInserts(stage, inAll)
        const { bench, values } = await start()
        return [{ bench, values: { ...values, bare_inserts_per_s: bare } }]
      })
    }),
}

export const httpBenches: readonly Bench[] = [reads('http-100k', 100_000), reads('http-1m', 1_000_000), starts]
