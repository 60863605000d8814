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

/** What the walk carries along: the faults so far, and the parts that aliases may name. */
interface Reading {
  readonly faults: SourceFault[]
  readonly anchors: Map<string, Part>
}

interface Spot {
  readonly pointer: string
  readonly depth: number
  readonly start: number
}

/** The JSON value of a document, the tree of its parts, and the faults; after a fault the value is what could be read. */
export function readTree(root: ParsedNode | null): { value: Json; tree: SourceNode; faults: readonly SourceFault[] } {
  const reading: Reading = { faults: [], anchors: new Map() }
  const { value, tree, size } = read(root, { pointer: '', depth: 0, start: 0 }, reading)
  if (size > maxValues) {
    reading.faults.push({
      code: 'definition_too_large',
      offset: tree.start,
      pointer: '',
      message: `The definition holds ${size.toLocaleString('en')} values with its aliases written out; ${maxValues.toLocaleString('en')} are allowed.`,
      hint: 'Use fewer aliases, or split the workflow.',
    })
  }
  return { value, tree, faults: reading.faults }
}

function read(node: ParsedNode | null, place: Spot, reading: Reading): Part {
  const spot = { ...place, start: node?.range[0] ?? place.start }
  const part = readNode(node, spot, reading)
  if (node !== null && 'anchor' in node && node.anchor !== undefined) reading.anchors.set(node.anchor, part)
  return part
}

function readNode(node: ParsedNode | null, spot: Spot, reading: Reading): Part {
  if (node !== null && spot.depth > maxDepth) {
    const message = `The definition is nested more than ${maxDepth} levels deep.`
    return refuse(reading, 'schema', spot, message, 'Flatten it, or move the data out of it.')
  }
  if (isMap(node)) return readMap(node.items, spot, reading)
  if (isSeq(node)) return readList(node.items, spot, reading)
  if (isAlias(node)) return readAlias(node.source, spot, reading)
  return isScalar(node) ? readScalar(node, spot, reading) : nothing(spot)
}

function readMap(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], spot: Spot, reading: Reading): Part {
  const value: Record<string, Json> = {}
  const children = new Map<string, SourceNode>()
  let size = 1
  for (const { key, value: node } of pairs) {
    const [keyStart, keyEnd] = key.range
    // A key may have an anchor of its own.
    read(key, spot, reading)
    const name = String(key)
    const here = { pointer: pointerTo(spot.pointer, name), depth: spot.depth + 1, start: keyStart }
    if (isPrototypeKey(name)) {
      refuse(
        reading,
        'schema',
        here,
        `The key \`${name}\` is not allowed anywhere in a definition.`,
        'Choose another name.',
      )
    } else if (children.has(name)) {
      refuse(
        reading,
        'yaml_syntax',
        here,
        `The key \`${name}\` stands twice in the same mapping.`,
        'Keep one of the two.',
      )
    } else {
      const part = read(node, { ...here, start: keyEnd }, reading)
      value[name] = part.value
      children.set(name, { ...part.tree, keyStart })
      size += part.size
    }
  }
  return { value, tree: { start: spot.start, children }, size }
}

function readList(nodes: readonly ParsedNode[], { pointer, depth, start }: Spot, reading: Reading): Part {
  const parts = nodes.map((node, index) =>
    read(node, { pointer: pointerTo(pointer, index), depth: depth + 1, start }, reading),
  )
  const children = new Map(parts.map(({ tree }, index) => [String(index), tree]))
  const size = parts.reduce((total, part) => total + part.size, 1)
  return { value: parts.map(({ value }) => value), tree: { start, children }, size }
}

function readAlias(name: string, spot: Spot, reading: Reading): Part {
  const target = reading.anchors.get(name)
  if (target !== undefined) return { ...target, tree: { start: spot.start, children: target.tree.children } }
  const message = `The alias \`*${name}\` has no finished anchor \`&${name}\` before it.`
  return refuse(reading, 'yaml_syntax', spot, message, 'Put the anchor first, or quote the text if no alias is meant.')
}

function readScalar(node: Scalar.Parsed, spot: Spot, reading: Reading): Part {
  const { value, source } = node
  const bare = nothing(spot)
  if (typeof value === 'string') {
    return { value, tree: { ...bare.tree, text: { style: styleOf(node), text: value } }, size: 1 }
  }
  if (typeof value === 'boolean') return { ...bare, value }
  if (typeof value !== 'number') return bare
  if (!Number.isFinite(value)) {
    return refuse(
      reading,
      'schema',
      spot,
      `\`${source}\` is not a number that JSON can hold.`,
      'Write a finite number, or quote it as text.',
    )
  }
  if (/^[-+]?\d+$/.test(source) && !Number.isSafeInteger(value)) {
    refuse(
      reading,
      'schema',
      spot,
      `\`${source}\` is too large to be kept exactly; it would become ${value}.`,
      'Put it in quotes and treat it as text.',
    )
  }
  return { ...bare, value }
}

function styleOf(node: Scalar.Parsed): ScalarStyle {
  if (node.type === 'QUOTE_SINGLE') return 'single'
  if (node.type === 'QUOTE_DOUBLE') return 'double'
  return node.type === 'PLAIN' ? 'plain' : 'block'
}

const nothing = ({ start }: Spot): Part => ({ value: null, tree: { start, children: noChildren }, size: 1 })

function refuse({ faults }: Reading, code: SourceFault['code'], spot: Spot, message: string, hint: string): Part {
  faults.push({ code, offset: spot.start, pointer: spot.pointer, message, hint })
  return nothing(spot)
}
