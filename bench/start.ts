// How long `serve` takes until it is ready: on a fresh data directory, and on the same one again.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, printFigures } from './figures.ts'

const command = new URL('../src/cli/countersign.ts', import.meta.url).pathname

/** Milliseconds from the start of the process to the line that says it is ready. Ends it gracefully. */
async function measureStart(dataDir: string): Promise<number> {
  const before = performance.now()
  const environment = { PATH: process.execPath, COUNTERSIGN_DATA: dataDir, PORT: '0' }
  const server = spawn(process.execPath, [command, 'serve'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  await readyLine(server)
  const ms = performance.now() - before
  server.kill('SIGTERM')
  await once(server, 'exit')
  return ms
}

async function readyLine(server: ChildProcess): Promise<void> {
  let text = ''
  for await (const chunk of server.stdout ?? []) {
    text += String(chunk)
    if (text.includes('is ready at')) return
  }
  throw new Error('The server ended before it was ready.')
}

const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
// Open to the user that the server runs under when root measures.
await chmod(dataDir, 0o711)
try {
  const figures: Figure[] = []
  for (const name of ['First start of serve', 'Second start of serve']) {
    figures.push({ name, value: await measureStart(dataDir), unit: 'ms' })
  }
  printFigures(figures)
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
