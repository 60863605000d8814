// Why a command ends early, and how any error becomes one sentence and an exit code.

import { CommanderError } from 'commander'
import { ConfigError } from '../config.ts'
import type { Problem } from '../kernel/problem.ts'
import { type Exit, exitCodes } from './exit-code.ts'

/** Ends a command with one sentence to stderr. */
export class Refusal extends Error {
  readonly exit: Exit
  readonly hint: string | undefined

  constructor(exit: Exit, message: string, hint?: string) {
    super(message)
    this.name = 'Refusal'
    this.exit = exit
    this.hint = hint
  }
}

/** A refusal that says every problem; the first one decides the exit code. */
export function refusalOf(problems: readonly Problem[]): Refusal {
  const [first] = problems
  const lines = problems.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`))
  return new Refusal(first?.code === 'unavailable' ? 'unavailable' : 'failed', lines.join('\n'))
}

export interface Failure {
  readonly code: number
  /** Empty when everything has been said already. */
  readonly message: string
  readonly hint?: string
}

/** What an error that reached the top of the command line means to the person who typed the command. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return withHint(exitCodes[error.exit].code, error.message, error.hint)
  // Commander has printed its help or its complaint by now.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : exitCodes.usage.code, message: '' }
  if (error instanceof ConfigError) return { code: exitCodes.usage.code, message: error.message }
  if (!(error instanceof Error)) return { code: exitCodes.internal.code, message: String(error) }
  const { unavailable, internal } = exitCodes
  if (error.name === 'EmbeddedServerError') return withHint(unavailable.code, error.message, hintOf(error))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const meaning = meanings.find(({ test }) => test(code, error.message))
  if (meaning !== undefined) return withHint(unavailable.code, meaning.say(error.message), meaning.hint)
  return withHint(internal.code, error.message, 'LOG_LEVEL=debug shows where it happened.')
}

interface Meaning {
  readonly test: (code: string, message: string) => boolean
  readonly say: (message: string) => string
  readonly hint: string
}

const databaseHint = 'Check DATABASE_URL and that the server runs; `npx countersign doctor` looks closer.'

/** Codes of the network (Node.js) and of PostgreSQL (appendix A of its manual). */
const meanings: readonly Meaning[] = [
  {
    test: (code) =>
      ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'ECONNRESET', 'EHOSTUNREACH', 'EAI_AGAIN'].includes(code),
    say: (message) => `The database cannot be reached: ${message || 'the connection was refused'}.`,
    hint: databaseHint,
  },
  {
    test: (code) => code.startsWith('28') || code === '3D000',
    say: (message) => `The database refuses the connection: ${message}.`,
    hint: databaseHint,
  },
  {
    test: (code, message) =>
      code.startsWith('57P') || code.startsWith('08') || /Connection terminated|timeout expired/.test(message),
    say: (message) => `The database went away: ${message}.`,
    hint: databaseHint,
  },
  {
    test: (_, message) =>
      message.startsWith('The database was migrated by a newer release') || message.startsWith('The key file'),
    say: (message) => message,
    hint: '',
  },
]

function hintOf(error: Error): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
}

function withHint(code: number, message: string, hint: string | undefined): Failure {
  return hint === undefined || hint === '' ? { code, message } : { code, message, hint }
}
