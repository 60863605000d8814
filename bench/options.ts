// What a run of the benches was asked for on the command line.

import { parseArgs } from 'node:util'

export interface RunOptions {
  readonly quick: boolean
  readonly list: boolean
  /** Names, in the order of the list. */
  readonly only: readonly string[]
  /** Counts and pauses are multiplied by it: below 1 for a trial whose figures mean nothing. */
  readonly scale: number
}

/** Throws an error whose message says what is wrong and what to write. */
export function readOptions(args: readonly string[], known: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      scale: { type: 'string', default: '1' },
    },
  })
  const only = values.only.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
  const unknown = only.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(
      `There is no bench named ${unknown.map((name) => `"${name}"`).join(', ')}. Known: ${known.join(', ')}.`,
    )
  const scale = Number(values.scale)
  if (!(scale > 0 && scale <= 100))
    throw new Error(
      `--scale is a number above 0 and up to 100; "${values.scale}" is none. Leave it away for real figures.`,
    )
  return { quick: values.quick, list: values.list, only, scale }
}
