// Walks a parsed YAML document once: the JSON it stands for, where each part of it is, and what JSON cannot hold.

import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar } from 'yaml'
import { isPrototypeKey, type Json } from '../json.ts'
import { pointerTo } from './finding.ts'
import type { ScalarStyle } from './scalar-offset.ts'

/** A part of the source: offsets of its value and its key, and the parts below it by key or position. */
export interface SourceNode {
  readonly start: number
  readonly keyStart?: number
  /** Present for a text: what it says, and how it is written. */
  readonly text?: { readonly style: ScalarStyle; readonly text: string }
  readonly children: ReadonlyMap<string, SourceNode>
}

/** Something wrong at an offset of the source. */
export interface SourceFault {
  readonly code: 'yaml_syntax' | 'schema' | 'definition_too_large'
  readonly offset: number
  readonly pointer: string
  readonly message: string
  readonly hint?: string
}

interface Part {
  readonly value: Json
  readonly tree: SourceNode
  /** How many values it holds with all aliases written out. */
  readonly size: number
}

const maxDepth = 64
/** Aliases count each time they are used, so that a few lines cannot stand for millions of values. */
const maxValues = 100_000

const noChildren: ReadonlyMap<string, SourceNode> = new Map()

/** The JSON value of a document, the tree of its parts, and the faults; after a fault the value is what could be read. */
export function readTree(root: ParsedNode | null): { value: Json; tree: SourceNode; faults: readonly SourceFault[] } {
  const faults: SourceFault[] = []
  const anchors = new Map<string, Part>()

  function read(node: ParsedNode | null, pointer: string, depth: number, fallbackStart: number): Part {
    const start = node?.range[0] ?? fallbackStart
    const part = readNode(node, pointer, depth, start)
    if (node !== null && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, part)
    return part
  }

  function readNode(node: ParsedNode | null, pointer: string, depth: number, start: number): Part {
    const fault = (offset: number, message: string, hint?: string) => refuse(faults, 'schema', offset, pointer, message, hint)
    if (node !== null && depth > maxDepth) {
      fault(start, `The definition is nested more than ${maxDepth} levels deep.`, 'Flatten it, or move the data out of it.')
      return nothing(start)
    }
    if (isMap(node)) return readMap(node.items, pointer, depth, start)
    if (isSeq(node)) return readList(node.items, pointer, depth, start)
    if (isAlias(node)) return readAlias(node.source, pointer, start)
    return isScalar(node) ? readScalar(node, fault) : nothing(start)
  }

  function readMap(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], pointer: string, depth: number, start: number): Part {
    const value: Record<string, Json> = {}
    const children = new Map<string, SourceNode>()
    let size = 1
    for (const { key, value: node } of pairs) {
      const name = String(key)
      const here = pointerTo(pointer, name)
      const [keyStart, , keyEnd] = key.range
      if (isPrototypeKey(name)) {
        refuse(faults, 'schema', keyStart, here, `The key \`${name}\` is not allowed anywhere in a definition.`, 'Choose another name.')
        continue
      }
      if (children.has(name)) {
        refuse(faults, 'yaml_syntax', keyStart, here, `The key \`${name}\` stands twice in the same mapping.`, 'Keep one of the two.')
        continue
      }
      const part = read(node, here, depth + 1, keyEnd)
      value[name] = part.value
      children.set(name, { ...part.tree, keyStart })
      size += part.size
    }
    return { value, tree: { start, children }, size }
  }

  function readList(nodes: readonly ParsedNode[], pointer: string, depth: number, start: number): Part {
    const parts = nodes.map((node, index) => read(node, pointerTo(pointer, index), depth + 1, start))
    const children = new Map(parts.map(({ tree }, index) => [String(index), tree]))
    const size = parts.reduce((total, part) => total + part.size, 1)
    return { value: parts.map(({ value }) => value), tree: { start, children }, size }
  }

  function readAlias(name: string, pointer: string, start: number): Part {
    const target = anchors.get(name)
    if (target === undefined) {
      refuse(faults, 'yaml_syntax', start, pointer, `The alias \`*${name}\` has no finished anchor \`&${name}\` before it.`, 'Put the anchor first, or quote the text if it is none.')
      return nothing(start)
    }
    return { ...target, tree: { start, children: target.tree.children } }
  }

  const part = read(root, '', 0, 0)
  if (part.size > maxValues) {
    refuse(faults, 'definition_too_large', part.tree.start, '', `The definition holds ${part.size.toLocaleString('en')} values with its aliases written out; ${maxValues.toLocaleString('en')} are allowed.`, 'Use fewer aliases, or split the workflow.')
  }
  return { value: part.value, tree: part.tree, faults }
}

const nothing = (start: number): Part => ({ value: null, tree: { start, children: noChildren }, size: 1 })

function readScalar(node: Scalar.Parsed, fault: (offset: number, message: string, hint?: string) => void): Part {
  const [start] = node.range
  const { value } = node
  if (typeof value === 'string') {
    return { value, tree: { start, children: noChildren, text: { style: styleOf(node), text: value } }, size: 1 }
  }
  if (typeof value === 'boolean') return { ...nothing(start), value }
  if (typeof value !== 'number') return nothing(start)
  if (!Number.isFinite(value)) {
    fault(start, `\`${node.source}\` is not a number that JSON can hold.`, 'Write a finite number, or quote it as text.')
    return nothing(start)
  }
  if (/^[-+]?\d+$/.test(node.source) && !Number.isSafeInteger(value)) {
    fault(start, `\`${node.source}\` is too large to be kept exactly; it would become ${value}.`, 'Put it in quotes and treat it as text.')
  }
  return { ...nothing(start), value }
}

function styleOf(node: Scalar.Parsed): ScalarStyle {
  if (node.type === 'QUOTE_SINGLE') return 'single'
  if (node.type === 'QUOTE_DOUBLE') return 'double'
  return node.type === 'PLAIN' ? 'plain' : 'block'
}

function refuse(faults: SourceFault[], code: SourceFault['code'], offset: number, pointer: string, message: string, hint?: string): void {
  faults.push({ code, offset, pointer, message, ...(hint === undefined ? {} : { hint }) })
}
