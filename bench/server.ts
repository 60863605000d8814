// The PostgreSQL server of a run: embedded, with the product's own settings, and a fresh database for each bench.

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, type DatabaseAccess, startEmbeddedServer } from '../src/record/embedded/server.ts'
import { dropDatabase } from './filling.ts'

export interface BenchServer {
  readonly access: DatabaseAccess
  /** Shared by every process that works on a database of this server. */
  readonly keyFile: string
  /** Runs `work` with a database that nobody has used, and drops it afterwards. */
  withDatabase<T>(work: (access: DatabaseAccess) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Runs `work` with a server, which ends with it, or when the process is told to end. */
export async function withServer(work: (server: BenchServer) => Promise<void>): Promise<void> {
  const server = await openServer()
  // The server is no child that would end with its parent.
  const end = () => void server.close().finally(() => process.exit(1))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  try {
    await work(server)
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
    await server.close()
  }
}

export async function openServer(): Promise<BenchServer> {
  const dataDir = await makeDataDir()
  const log = { info: () => undefined, warn: console.warn }
  const server = await startEmbeddedServer({ dataDir: join(dataDir, 'postgres'), log })
  let made = 0
  return {
    access: server,
    keyFile: join(dataDir, 'key'),
    withDatabase: async (work) => {
      const name = `bench_${++made}`
      const access = await createDatabase(server, name)
      try {
        return await work(access)
      } finally {
        await dropDatabase(server.connection, name)
      }
    },
    close: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A directory of its own for a server. */
export async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  // As root the server runs under another account; a directory that it may not enter would send the cluster elsewhere.
  await chmod(dataDir, 0o711)
  return dataDir
}
