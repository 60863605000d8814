// The one error that starting and stopping the embedded server throws, and how a file error or the server's log becomes it.

import { statfs } from 'node:fs/promises'

/** `message` is one sentence that names the thing, `hint` says what to do next, `log` holds the server's own last lines. */
export class EmbeddedServerError extends Error {
  readonly hint: string
  readonly log: readonly string[]

  constructor(message: string, hint: string, options: { log?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'EmbeddedServerError'
    this.hint = hint
    this.log = options.log ?? []
  }
}

/** Windows knows no such ids, and refuses nothing for their sake. */
export function ownUid(): number {
  return process.getuid?.() ?? -1
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Translates what the file system refused; anything else is passed through as it is. */
export function asEmbeddedServerError(error: unknown, dataDir: string): unknown {
  if (error instanceof EmbeddedServerError || !(error instanceof Error)) return error
  const path = 'path' in error && typeof error.path === 'string' ? error.path : dataDir
  const say = (message: string, hint: string) => new EmbeddedServerError(message, hint, { cause: error })
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fullDisk(dataDir, [], error)
    case 'EACCES':
    case 'EPERM':
      return say(
        `Permission denied: ${path} cannot be used by uid ${ownUid()}.`,
        'Give that user access to the data directory, start as the user that owns it, or name another data directory.',
      )
    case 'EROFS':
      return say(`${path} is on a read-only file system.`, 'Name a data directory that can be written to.')
    case 'ENOTDIR':
    case 'EEXIST':
      return say(`${path} is in the way: it is not a directory.`, 'Remove it or name another data directory.')
    default:
      return error
  }
}

interface Symptom {
  readonly shows: RegExp
  readonly means: (dataDir: string) => readonly [message: string, hint: string]
}

const symptoms: readonly Symptom[] = [
  {
    shows: /incompatible with server|initialized by PostgreSQL version/,
    means: (dataDir) => [
      `The database in ${dataDir} was made by another version of PostgreSQL.`,
      'Start it with the version that made it, dump it, and restore the dump here.',
    ],
  },
  {
    shows: /could not look up effective user ID/,
    means: () => [
      `PostgreSQL cannot start under uid ${ownUid()}, because no user has that id.`,
      'Add the id to /etc/passwd, or set DATABASE_URL to a PostgreSQL server of your own.',
    ],
  },
  {
    shows: /Cannot allocate memory|could not (map|create) (anonymous )?shared memory/,
    means: () => [
      'There is not enough memory to start PostgreSQL.',
      'Free some memory, or raise the limit of this process or container.',
    ],
  },
  {
    shows: /Permission denied|Operation not permitted|invalid permissions|wrong ownership/,
    means: (dataDir) => [
      `Permission denied: PostgreSQL cannot use its files in ${dataDir}.`,
      'Give them back to the user that owned them, or restore the data directory from a backup that keeps owners.',
    ],
  },
  {
    shows:
      /pg_control|checkpoint record|PANIC|could not find the database system|invalid page|incorrect checksum|could not (open|read|access|stat) (file|directory)|bogus data|unrecognized configuration/,
    means: (dataDir) => [
      `The database in ${dataDir} is damaged and PostgreSQL refuses to open it.`,
      'Keep a copy of the directory, then restore it from a backup.',
    ],
  },
]

/** What did not end the server: its notes, and errors of single statements. */
const incidental = / (LOG|WARNING|NOTICE|ERROR|HINT|DETAIL|CONTEXT|STATEMENT): /

/** Less than this and PostgreSQL cannot create its next write-ahead log file, which takes 16 MB. */
const walFileBytes = 16 * 1024 * 1024

/** Why PostgreSQL ended, from what it printed; a full disk also keeps the log from being written, so free space counts too. */
export async function explainExit(
  dataDir: string,
  ended: string,
  lines: readonly string[],
): Promise<EmbeddedServerError> {
  const text = lines.filter((line) => !incidental.test(line)).join('\n')
  if (/No space left on device|Disk quota exceeded/.test(text)) return fullDisk(dataDir, lines)
  const symptom = symptoms.find(({ shows }) => shows.test(text))
  if (symptom !== undefined) return new EmbeddedServerError(...symptom.means(dataDir), { log: lines })
  const space = await statfs(dataDir).catch(() => undefined)
  if (space !== undefined && space.bavail * space.bsize < walFileBytes) return fullDisk(dataDir, lines)
  const reason = lines.findLast((line) => /FATAL|PANIC|error:/.test(line))
  return new EmbeddedServerError(
    `PostgreSQL ended (${ended})${reason === undefined ? '' : `: ${reason}`}.`,
    'Read the lines of its log, or set DATABASE_URL to a PostgreSQL server of your own.',
    { log: lines },
  )
}

export function fullDisk(dataDir: string, log: readonly string[] = [], cause?: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `No space left on the device that holds ${dataDir}.`,
    'Free some space and start again; nothing that was acknowledged is lost.',
    { log, cause },
  )
}
