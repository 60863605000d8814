// The server under test: a real `serve` process on a port that stays the same, killed outright and started again.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

const program = new URL('../../src/cli/countersign.ts', import.meta.url).pathname

export class Serving {
  readonly url: string
  private readonly environment: Readonly<Record<string, string>>
  private child: ChildProcess | undefined

  private constructor(port: number, environment: Readonly<Record<string, string>>) {
    this.url = `http://127.0.0.1:${port}`
    this.environment = { PATH: process.env['PATH'] ?? '', PORT: String(port), LOG_LEVEL: 'error', ...environment }
  }

  static async start(environment: Readonly<Record<string, string>>): Promise<Serving> {
    const serving = new Serving(await freePort(), environment)
    await serving.run()
    return serving
  }

  /** Resolves once it says that it is ready. */
  async run(): Promise<void> {
    const child = spawn(process.execPath, [program, 'serve', '--no-examples'], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child = child
    let text = ''
    for await (const chunk of child.stdout) {
      text += String(chunk)
      if (text.includes('is ready')) return
    }
    throw new Error('The server ended before it was ready.')
  }

  /** Without a last word. */
  async kill(): Promise<void> {
    const { child } = this
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    this.child = undefined
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  return address.port
}
