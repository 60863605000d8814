// Runs the program `countersign` as a child process, on a data directory of its own.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const program = join(root, 'src/cli/countersign.ts')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ran>
  /** What stdout matched, once it does. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

export interface Installation {
  readonly dataDir: string
  start(words: readonly string[], environment?: Readonly<Record<string, string>>): Started
  run(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ran>
}

/** Children that a failed test left behind are killed, and the data removed, after the file's last test. */
export async function install(): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-program-'))
  // Open to the user that the server runs under when the tests run as root.
  await chmod(dataDir, 0o711)
  const children = new Set<ChildProcessWithoutNullStreams>()
  afterAll(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    // Adopts a server whose last user was killed, and stops it.
    await start(['migrate']).ended
    await rm(dataDir, { recursive: true, force: true })
  })
  const start: Installation['start'] = (words, environment = {}) => {
    const { PATH = '' } = process.env
    const env = { PATH, COUNTERSIGN_DATA: dataDir, HOST: '127.0.0.1', PORT: '0', ...environment }
    const child = spawn(process.execPath, [program, ...words], { cwd: root, env })
    children.add(child)
    return watch(child)
  }
  return { dataDir, start, run: (words, environment) => start(words, environment).ended }
}

function watch(child: ChildProcessWithoutNullStreams): Started {
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, out, err }))
  const over = ended.then(() => {
    throw new Error(`The program ended. It said:\n${out}\n${err}`)
  })
  over.catch(() => undefined)
  return {
    child,
    ended,
    says: async (pattern) => {
      for (;;) {
        const found = pattern.exec(out)
        if (found !== null) return found
        await Promise.race([once(child.stdout, 'data'), over])
      }
    },
  }
}
