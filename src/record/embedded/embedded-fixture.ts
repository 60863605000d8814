// What the tests of the embedded server share: directories, servers and processes that are gone when a test file ends.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { z } from 'zod'
import type { ServerConnection } from './connection.ts'
import type { EmbeddedLog } from './server-log.ts'
import { startEmbeddedServer, type EmbeddedServer, type EmbeddedServerOptions } from './server.ts'

export const asRoot = process.getuid?.() === 0
export const nobody = { uid: 65534, gid: 65534 }
export const silent: EmbeddedLog = { info: () => {}, warn: () => {} }

const directories: string[] = []
const servers: EmbeddedServer[] = []
const children: ChildProcess[] = []

/** An empty directory that other users may enter. */
export async function makeDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'embedded-'))
  directories.push(path)
  await chmod(path, 0o711)
  return path
}

/** Ends and removes what the test file has started, whatever state its tests left it in. */
export async function cleanUp(): Promise<void> {
  await stopEverything()
  await Promise.all(directories.map((path) => rm(path, { recursive: true, force: true, maxRetries: 5 })))
}

export async function stopEverything(): Promise<void> {
  for (const child of children) await end(child)
  await Promise.all(servers.map((server) => server.stop()))
}

export async function start(dataDir: string, options: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDir, log: silent, ...options })
  servers.push(server)
  return server
}

export async function query(connection: ServerConnection, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(connection)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

export async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8'), 10)
}

/** Says on its standard output how the start went, and stops the server when it hears a line. */
const program = `
  const [url, dataDir] = process.argv.slice(1)
  const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n')
  const log = { info() {}, warn() {} }
  try {
    const { startEmbeddedServer } = await import(url)
    const server = await startEmbeddedServer({ dataDir, log })
    say({ adopted: server.adopted, connection: server.connection })
    process.stdin.once('data', () => server.stop().then(() => process.exit(0)))
  } catch (error) {
    say({ adopted: false, error: error.message, hint: error.hint })
  }
`

const sayingSchema = z.object({
  adopted: z.boolean(),
  connection: z
    .object({ host: z.string(), port: z.number(), user: z.string(), password: z.string(), database: z.string() })
    .optional(),
  error: z.string().optional(),
  hint: z.string().optional(),
})

export type StartSaying = z.output<typeof sayingSchema>

export interface OtherProcess {
  readonly pid: number
  /** How its start went. */
  readonly started: Promise<StartSaying>
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Starts the server of `dataDir` from a process of its own, if need be as another user or through another program. */
export function startElsewhere(
  dataDir: string,
  account: Partial<typeof nobody> = {},
  through: readonly string[] = [],
): OtherProcess {
  const url = new URL('./server.ts', import.meta.url).href
  const [command, ...args] = [...through, process.execPath, '--input-type=module', '--eval', program, url, dataDir]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...account })
  children.push(child)
  const started = once(createInterface(child.stdout), 'line').then(([line]) =>
    sayingSchema.parse(JSON.parse(String(line))),
  )
  const stop = async () => {
    child.stdin.write('stop\n')
    await once(child, 'exit')
  }
  return { pid: child.pid ?? 0, started, stop, kill: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

export async function connectionOf(other: OtherProcess): Promise<ServerConnection> {
  const { connection, error } = await other.started
  if (connection === undefined) throw new Error(error)
  return connection
}
