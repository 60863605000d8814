// Runs commands inside a test: streams instead of a terminal, a database of its own instead of the embedded one.

import { EventEmitter, once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createEmptyDatabase } from '../../tests/setup/database.ts'
import { readConfig } from '../config.ts'
import type { DatabaseAddress } from '../record/database.ts'
import { runCommandLine } from './program.ts'
import { openTerminal } from './terminal.ts'

export interface Desk {
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  /** Runs a command to its end. */
  run(words: readonly string[], options?: RunOptions): Promise<Ran>
  /** Starts a command and leaves it running. */
  begin(words: readonly string[], options?: RunOptions): Running
  /** Writes a file beside the data and returns its path. */
  file(name: string, text: string): Promise<string>
}

export interface RunOptions {
  readonly input?: string
  /** As if a person sat there. */
  readonly isTerminal?: boolean
  readonly rows?: number
  readonly environment?: Readonly<Record<string, string>>
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly ended: Promise<Ran>
  /** Resolves once stdout holds the text. */
  says(text: string): Promise<string>
  type(text: string): void
  interrupt(): void
  out(): string
  err(): string
}

/** A database of its own, and an empty directory for the key. */
export async function openDesk(): Promise<Desk> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  const address = await createEmptyDatabase()
  const environment = {
    COUNTERSIGN_DATA: directory,
    DATABASE_URL: urlOf(address),
    COUNTERSIGN_POLL: '100ms',
    PORT: '0',
  }
  const begin: Desk['begin'] = (words, options = {}) =>
    beginCommand({ ...environment, ...options.environment }, words, options)
  return {
    environment,
    directory,
    begin,
    run: (words, options) => begin(words, options).ended,
    file: async (name, text) => {
      const path = join(directory, name)
      await writeFile(path, text)
      return path
    },
  }
}

/** Commands that touch no database. */
export function runOffline(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return beginOffline(words, options).ended
}

export function beginOffline(words: readonly string[], options: RunOptions = {}): Running {
  return beginCommand({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', ...options.environment }, words, options)
}

function beginCommand(
  environment: Readonly<Record<string, string>>,
  words: readonly string[],
  options: RunOptions,
): Running {
  const isTTY = options.isTerminal === true
  const stdin = Object.assign(new PassThrough(), { isTTY })
  const stdout = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    rows: options.rows ?? 30,
    hasColors: () => false,
  })
  const stderr = Object.assign(new PassThrough(), { isTTY: false })
  const out = gather(stdout)
  const err = gather(stderr)
  if (options.input !== undefined) stdin.end(options.input)
  const signals = new EventEmitter()
  const interrupts = Object.assign(signals, { exit: (code: number) => signals.emit('exit', code) })
  const ended = runCommandLine(words, openTerminal({ stdin, stdout, stderr }, interrupts), () =>
    readConfig(environment),
  ).then((code) => ({ code, out: out(), err: err() }))
  const over = ended.then(({ out: said, err: complained }) => {
    throw new Error(`The command ended. It said:\n${said}\n${complained}`)
  })
  over.catch(() => undefined)
  return {
    ended,
    out,
    err,
    type: (text) => stdin.write(text),
    interrupt: () => signals.emit('SIGINT'),
    says: async (text) => {
      while (!out().includes(text)) await Promise.race([once(stdout, 'data'), over])
      return out()
    },
  }
}

function gather(stream: PassThrough): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}

function urlOf({ host, port, user, password = '', database }: DatabaseAddress): string {
  const [login, secret] = [user, password].map(encodeURIComponent)
  return `postgres://${login}:${secret}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}
