// The embedded PostgreSQL of a run, with a data directory of its own: started, killed outright and started again.

import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type EmbeddedServer, startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { readRecord } from '../../src/record/embedded/database-record.ts'
import { within } from './patience.ts'

const run = promisify(execFile)
const quiet = { info: () => {}, warn: () => {} }

export class CrashServer {
  readonly dataDir: string
  readonly url: string
  private readonly postgresDir: string
  private readonly started: EmbeddedServer[]

  private constructor(dataDir: string, postgresDir: string, server: EmbeddedServer) {
    this.dataDir = dataDir
    this.postgresDir = postgresDir
    this.url = server.url
    this.started = [server]
  }

  static async start(): Promise<CrashServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'countersign-crash-'))
    // Open to the user that the server runs under when root runs this.
    await chmod(dataDir, 0o711)
    const postgresDir = join(dataDir, 'postgres')
    return new CrashServer(dataDir, postgresDir, await startEmbeddedServer({ dataDir: postgresDir, log: quiet }))
  }

  /**
   * Kills the postmaster first, so that it cannot tidy up, and then its children; returns how many processes that were,
   * once the postmaster is gone.
   */
  async kill(): Promise<number> {
    const postmaster = await this.postmaster()
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='])
    const all = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
    const children = all.flatMap(([pid, parent]) => (pid !== undefined && parent === postmaster ? [pid] : []))
    const count = [postmaster, ...children].filter((pid) => sent('SIGKILL', pid)).length
    await within(5000, () => (sent(0, postmaster) ? undefined : true))
    return count
  }

  /** At the same address as before. */
  async restart(): Promise<void> {
    this.started.push(await startEmbeddedServer({ dataDir: this.postgresDir, log: quiet }))
  }

  async stop(): Promise<void> {
    for (const server of this.started) await server.stop()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  private async postmaster(): Promise<number> {
    const home = (await readRecord(this.postgresDir))?.home ?? '.'
    const [pid] = (await readFile(join(this.postgresDir, home, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
    return Number(pid)
  }
}

/** False when there is no such process any more. */
function sent(signal: NodeJS.Signals | 0, pid: number): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
