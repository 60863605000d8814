// Walks pages as a reader does: one directory, a shell for each page, and a server of its own that can be killed.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { type Page, root } from './pages.ts'
import { differenceOf, type Step, stepsOf } from './walk-blocks.ts'

const program = join(root, 'src/cli/countersign.ts')
const longestMs = 30_000
const shownPort = '4000'
/** What npx would start, without its half second each time. */
const prelude = `npx() { [ "$1" = countersign ] && { shift; set -- "$COUNTERSIGN" "$@"; } || shift; "$NODE" "$@"; }\n`

export class Walker {
  private readonly directory: string
  private readonly environment: Readonly<Record<string, string>>
  private readonly ports: Readonly<Record<string, string>>
  private server: ChildProcessWithoutNullStreams | undefined
  private said = ''

  private constructor(directory: string, ports: Readonly<Record<string, string>>) {
    this.directory = directory
    this.ports = ports
    this.environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      NODE: process.execPath,
      COUNTERSIGN: program,
      PORT: ports[shownPort] ?? '',
    }
  }

  /** An empty directory in which the program lies. `ports`: those that pages name; free ones take their places. */
  static async open(...ports: readonly string[]): Promise<Walker> {
    const directory = await mkdtemp(join(tmpdir(), 'countersign-walk-'))
    // Open to the user that the database runs under when the tests run as root.
    await chmod(directory, 0o755)
    for (const name of ['src', 'examples', 'package.json', 'node_modules']) {
      await symlink(join(root, name), join(directory, name))
    }
    const free = await Promise.all([shownPort, ...ports].map(async (port) => [port, await freePort()] as const))
    return new Walker(directory, Object.fromEntries(free))
  }

  async close(): Promise<void> {
    await this.end('SIGINT')
    await rm(this.directory, { recursive: true, force: true })
  }

  /** Ends the server, if one runs. */
  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    if (this.server === undefined || this.server.exitCode !== null || this.server.signalCode !== null) return
    this.server.kill(signal)
    await once(this.server, 'exit')
  }

  /** Runs everything on the page; `given` comes before it, as what a reader has from another page. */
  async walk(page: Page, given = ''): Promise<void> {
    const shell = new Shell(this.directory, this.environment)
    try {
      await shell.run(prelude + this.substituted(given))
      for (const step of stepsOf(page)) await this.take(step, shell)
    } finally {
      shell.end()
    }
  }

  /** Where the server listens. */
  get url(): string {
    return `http://127.0.0.1:${this.ports[shownPort] ?? ''}`
  }

  /** What a command prints. */
  async run(command: string): Promise<string> {
    const shell = new Shell(this.directory, this.environment)
    try {
      return await shell.run(prelude + command)
    } finally {
      shell.end()
    }
  }

  private async take(step: Step, shell: Shell): Promise<void> {
    const text = this.substituted(step.text)
    if (step.kind === 'file') return writeFile(join(this.directory, step.name), text)
    if (step.remark.includes('killed')) await this.end('SIGKILL')
    if (step.remark.includes('background')) return this.takeInBackground(step, shell, text)
    const output = /\bnpm start$/m.test(text) ? await this.serve(variablesIn(text)) : await shell.run(text)
    if (step.shown !== undefined) this.compare(step, output)
  }

  private compare({ text, shown }: Step, output: string): void {
    if (shown === undefined) return
    const difference = differenceOf({ ...shown, text: this.substituted(shown.text) }, output)
    if (difference === undefined) return
    throw new Error(`${difference} after\n${text}\nIt printed:\n${output}\nThe server:\n${this.said.slice(-2000)}`)
  }

  private async takeInBackground(step: Step, shell: Shell, text: string): Promise<void> {
    const file = join(this.directory, 'background.txt')
    if (text !== '') {
      await writeFile(file, '')
      // It is open once it has said something.
      await shell.run(`{ ${text.trim()}\n} > ${file} 2>&1 &\nuntil [ -s ${file} ]; do sleep 0.1; done`)
      return
    }
    const { shown } = step
    if (shown === undefined) return
    const parts = step.remark.includes('any order') ? shown.text.split('\n') : [shown.text]
    const missing = async () => {
      const said = await readFile(file, 'utf8')
      return parts.map((part) => differenceOf({ ...shown, text: part }, said)).find((one) => one !== undefined)
    }
    const check = async (): Promise<void> => {
      const difference = await missing()
      if (difference !== undefined) throw new Error(difference)
    }
    await vi.waitFor(check, { timeout: longestMs })
  }

  /** Starts the server, or ends the one that runs and starts another. What it prints until it is ready. */
  async serve(more: Readonly<Record<string, string>> = {}): Promise<string> {
    await this.end('SIGKILL')
    const server = spawn(process.execPath, [program, 'serve'], {
      cwd: this.directory,
      env: { ...this.environment, ...more },
    })
    this.server = server
    this.said = ''
    const listen = (chunk: Buffer): void => void (this.said += chunk.toString())
    server.stdout.on('data', listen)
    server.stderr.on('data', listen)
    await until(
      () => this.said.includes('/ready\n'),
      () => this.said,
    )
    return this.said
  }

  private substituted(text: string): string {
    return Object.entries(this.ports).reduce(
      (result, [shown, real]) => result.replaceAll(new RegExp(`\\b${shown}\\b`, 'g'), real),
      text,
    )
  }
}

/** One shell for all blocks of a page, so that what one sets the next one has. */
class Shell {
  private readonly process: ChildProcessWithoutNullStreams
  private output = ''
  private count = 0

  constructor(directory: string, environment: Readonly<Record<string, string>>) {
    // cspell:ignore noprofile norc
    this.process = spawn('bash', ['--noprofile', '--norc'], { cwd: directory, env: environment, detached: true })
    const listen = (chunk: Buffer): void => void (this.output += chunk.toString())
    this.process.stdout.on('data', listen)
    this.process.stderr.on('data', listen)
  }

  /** What the commands print. Throws when one of them says that it failed. */
  async run(text: string): Promise<string> {
    const mark = `walked-${(this.count += 1)}`
    this.output = ''
    this.process.stdin.write(`${text}\necho "${mark}:$?"\n`)
    const pattern = new RegExp(`${mark}:(\\d+)\n$`)
    await until(
      () => pattern.test(this.output),
      () => `${text}\n${this.output}`,
    )
    const code = pattern.exec(this.output)?.[1]
    const output = this.output.replace(pattern, '')
    if (code !== '0') throw new Error(`Ended with ${code}:\n${text}\n${output}`)
    return output
  }

  /** With all that it has started. */
  end(): void {
    if (this.process.pid !== undefined) process.kill(-this.process.pid, 'SIGKILL')
  }
}

async function until(holds: () => boolean, told: () => string): Promise<void> {
  const check = (): void => {
    if (!holds()) throw new Error(`It waits in vain:\n${told()}`)
  }
  await vi.waitFor(check, { timeout: longestMs, interval: 20 })
}

/** Those that are set for one command: `NAME=value npm start`. */
function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\b([A-Z_]+)=(\S+) /g)].map(([, name = '', value = '']) => [name, value]))
}

export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('No port is free')
  return String(address.port)
}
