// A finding is a problem before it has a line: validation speaks of pointers, the source knows where they stand.

import type { ProblemCode } from '../problem.ts'

export interface Finding {
  readonly code: ProblemCode
  /** JSON Pointer (RFC 6901) into the definition. */
  readonly pointer: string
  readonly message: string
  /** A function where the hint costs a search: only the findings that are reported pay for it. */
  readonly hint?: string | undefined | (() => string | undefined)
  /** Where to point: at the key (an unknown key), else at the value; `offset` counts characters into a text. */
  readonly at?: 'key' | 'value'
  readonly offset?: number
}

export type Path = readonly (string | number)[]

/** The JSON Pointer of a path, appended to another pointer. */
export function pointerTo(base: string, ...path: Path): string {
  return path.reduce<string>((pointer, key) => `${pointer}/${escapeKey(String(key))}`, base)
}

export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
