// The terminal as the commands see it: where they write, whom they can ask, and how Ctrl-C reaches them.

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan'
export type Paint = (style: Style, text: string) => string

export const plain: Paint = (_, written) => written
const colored: Paint = (style, written) => styleText(style, written, { validateStream: false })

export interface Terminal {
  /** Writes lines to stdout. */
  print(...lines: readonly string[]): void
  /** Writes lines to stderr. */
  complain(...lines: readonly string[]): void
  /** Writes to stdout as it is: for lines that are drawn again. */
  write(raw: string): void
  readonly paint: Paint
  /** Whether stdout is a terminal. */
  readonly isLive: boolean
  /** Whether there is somebody to ask. */
  readonly canAsk: boolean
  readonly isErrorLive: boolean
  size(): { readonly columns: number; readonly rows: number }
  /** Asks one question; undefined when the input ended or the question was withdrawn. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>
  /** The same for what must not be seen: nothing that is typed is shown. */
  askHidden(question: string, signal: AbortSignal): Promise<string | undefined>
  readInput(): Promise<string>
  /** Calls back on Ctrl-C and SIGTERM until the returned function is called. The second time the process ends at once. */
  onInterrupt(handler: () => void): () => void
  /** Whether nobody reads stdout any more. */
  readonly isBroken: boolean
}

export interface TerminalStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & {
    readonly isTTY?: boolean
    readonly columns?: number
    readonly rows?: number
    hasColors?(): boolean
  }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

/** Where interrupts come from: the process, or a test. */
export interface Interrupts {
  on(signal: 'SIGINT' | 'SIGTERM', handler: () => void): unknown
  off(signal: 'SIGINT' | 'SIGTERM', handler: () => void): unknown
  exit(code: number): void
}

export function openTerminal({ stdin, stdout, stderr }: TerminalStreams, interrupts: Interrupts): Terminal {
  const stream = guarded(stdout)
  const errors = guarded(stderr)
  const isLive = stdout.isTTY === true
  const lines = (given: readonly string[]): string => given.map((line) => `${line}\n`).join('')
  return {
    print: (...given) => stream.write(lines(given)),
    complain: (...given) => errors.write(lines(given)),
    write: stream.write,
    // `hasColors` of Node.js heeds NO_COLOR, FORCE_COLOR and TERM.
    paint: isLive && stdout.hasColors?.() === true ? colored : plain,
    isLive,
    canAsk: isLive && stdin.isTTY === true,
    isErrorLive: stderr.isTTY === true,
    size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
    ask: questioner(stdin, stdout),
    askHidden: async (question, signal) => {
      stream.write(question)
      const answer = await questioner(stdin, new Writable({ write: (_chunk, _encoding, done) => done() }))('', signal)
      stream.write('\n')
      return answer
    },
    readInput: () => text(stdin),
    onInterrupt: (handler) => onInterrupt(interrupts, handler),
    get isBroken() {
      return stream.isBroken()
    },
  }
}

/** `| head` closes the pipe: what follows is dropped in silence. */
function guarded(stream: Writable) {
  let isBroken = false
  stream.on('error', () => {
    isBroken = true
  })
  return {
    write: (raw: string): void => {
      if (!isBroken && raw !== '') stream.write(raw)
    },
    isBroken: () => isBroken,
  }
}

/** Asks one question after the other; what was typed ahead answers the next one. */
function questioner(input: Readable, output: Writable): Terminal['ask'] {
  const ahead: string[] = []
  return async (question, signal) => {
    const readline = createInterface({ input, output, terminal: true })
    try {
      // Ctrl-D ends the input; Ctrl-C in a question is an interrupt like any other.
      const ended = new Promise<undefined>((resolve) => readline.once('close', () => resolve(undefined)))
      readline.once('SIGINT', () => process.emit('SIGINT'))
      readline.on('line', (line) => ahead.push(line))
      readline.setPrompt(question)
      readline.prompt()
      const next =
        ahead.length > 0
          ? ahead
          : once(readline, 'line', { signal }).then(
              () => ahead,
              () => [],
            )
      return (await Promise.race([next, ended]))?.shift()?.trim()
    } finally {
      readline.close()
    }
  }
}

function onInterrupt(interrupts: Interrupts, handler: () => void): () => void {
  let count = 0
  const hear = (): void => {
    count++
    if (count === 1) handler()
    else interrupts.exit(130)
  }
  interrupts.on('SIGINT', hear)
  interrupts.on('SIGTERM', hear)
  return () => {
    interrupts.off('SIGINT', hear)
    interrupts.off('SIGTERM', hear)
  }
}
