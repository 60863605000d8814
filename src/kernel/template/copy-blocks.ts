// Approved copy blocks: named texts that inputs refer to as `{{ copy.greeting }}`, put in as plain text and never read again.

import { pointerTo } from '../definition/finding.ts'
import type { InputProblem } from '../definition/inputs.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/** Texts by name. `{customer}` in a text stands for the input `customer`. */
export type CopyBlocks = Readonly<Record<string, string>>

const reference = /\{\{\s*copy\.([a-z][a-z0-9_]{0,62})\s*\}\}/g
const placeholder = /\{([a-z][a-z0-9_]{0,62})\}/g

/** The blocks that a value names, at any depth. */
export function copyReferences(value: Json): readonly string[] {
  if (typeof value === 'string') return [...value.matchAll(reference)].map(([, name = '']) => name)
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((item: Json) => copyReferences(item))
}

/** The inputs that a block's placeholders name. */
export function placeholdersOf(block: string): readonly string[] {
  return [...block.matchAll(placeholder)].map(([, name = '']) => name)
}

/**
 * Puts the texts of blocks where inputs refer to them, each once: what is put in is not looked at again, neither a text nor
 * the value of a placeholder. Returns the problems beside the inputs (code `invalid_input`, pointers into the inputs).
 */
export function fillCopy(
  inputs: JsonObject,
  blocks: CopyBlocks,
): { readonly inputs: JsonObject; readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = []
  const fill = (value: Json, pointer: string): Json => {
    if (typeof value === 'string') {
      return value.replaceAll(reference, (_, name: string) => textOf(name, { inputs, blocks, pointer, problems }))
    }
    if (isJsonObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, fill(item, pointerTo(pointer, key))] as const),
      )
    }
    return Array.isArray(value) ? value.map((item: Json, at) => fill(item, pointerTo(pointer, at))) : value
  }
  const filled = Object.entries(inputs).map(([key, value]) => [key, fill(value, pointerTo('', key))] as const)
  return { inputs: Object.fromEntries(filled), problems }
}

interface Filling {
  readonly inputs: JsonObject
  readonly blocks: CopyBlocks
  readonly pointer: string
  readonly problems: InputProblem[]
}

function textOf(name: string, { inputs, blocks, pointer, problems }: Filling): string {
  const block = Object.hasOwn(blocks, name) ? blocks[name] : undefined
  const refuse = (message: string): string => {
    problems.push({ code: 'invalid_input', pointer, message })
    return ''
  }
  if (block === undefined) return refuse(`There is no copy block \`${name}\` in this template.`)
  return block.replaceAll(placeholder, (_, input: string) => {
    const value = Object.hasOwn(inputs, input) ? inputs[input] : undefined
    if (value === undefined || value === null || value === '') {
      return refuse(`The copy block \`${name}\` needs the input \`${input}\`, which is missing.`)
    }
    if (typeof value === 'object') return refuse(`The copy block \`${name}\` cannot hold \`${input}\`: it is no text.`)
    if (copyReferences(value).length > 0) {
      return refuse(`The copy block \`${name}\` cannot hold \`${input}\`: that is made of a copy block itself.`)
    }
    return String(value)
  })
}
