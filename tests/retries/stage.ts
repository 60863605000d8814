// Where the rounds are played: a database of its own with durable commits, a server on it, and a key.

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Pool } from 'pg'
import { startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { findTenant } from '../../src/record/tenants.ts'
import { definitionOf, type RoundParts, workflow } from './round.ts'
import { Serving } from './serving.ts'

const program = new URL('../../src/cli/countersign.ts', import.meta.url).pathname

export interface Stage extends Omit<RoundParts, 'chance'> {
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-retries-'))
  // Open to the user that the server runs under when root runs this.
  await chmod(dataDir, 0o711)
  const server = await startEmbeddedServer({
    dataDir: join(dataDir, 'postgres'),
    log: { info: () => {}, warn: () => {} },
  })
  const environment = { DATABASE_URL: server.url, COUNTERSIGN_DATA: dataDir, COUNTERSIGN_RATE_LIMIT: '0' }
  const serving = await Serving.start(environment)
  const apiKey = await makeKey(environment)
  const db = new Pool({ connectionString: server.url, max: 2 })
  db.on('error', () => {})
  const tenantId = (await findTenant(db, 'demo'))?.id ?? ''
  await save(serving.url, apiKey)
  return {
    ...{ serving, db, tenantId, apiKey },
    close: async () => {
      await serving.kill()
      await db.end()
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function makeKey(environment: Readonly<Record<string, string>>): Promise<string> {
  const words = [program, 'dev', 'api-key', '--tenant', 'demo', '--role', 'owner']
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  })
  const key = /cs_[\w-]{43}/.exec(stdout)?.[0]
  if (key === undefined) throw new Error(`No key was printed: ${stdout}`)
  return key
}

async function save(url: string, apiKey: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/workflows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source: definitionOf(workflow) }),
  })
  if (!answer.ok) throw new Error(`The workflow was not saved: ${await answer.text()}`)
}
