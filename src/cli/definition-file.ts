// Definitions as files: read, or taken from stdin, and validated.

import { readFile } from 'node:fs/promises'
import type { Terminal } from './terminal.ts'
import { Refusal } from './refusal.ts'

/** The largest definition is far smaller; a wrong path to a video should not fill the memory. */
const mostBytes = 20_000_000

export interface DefinitionFile {
  /** As it is called in messages. */
  readonly name: string
  readonly source: string
}

export async function readDefinition(terminal: Pick<Terminal, 'readInput'>, path: string): Promise<DefinitionFile> {
  return path === '-'
    ? { name: 'stdin', source: await terminal.readInput() }
    : { name: path, source: await readText(path) }
}

/** Throws `Refusal` with what stands in the way. */
export async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    if (bytes.length > mostBytes) throw new Refusal('failed', `${path} is too large to be a definition.`)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('unavailable', `${path} cannot be read: ${reasonOf(error)}.`)
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
      return 'this user may not read it'
    case 'EISDIR':
      return 'it is a directory'
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
