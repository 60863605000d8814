// Walks an expression, finds the type of each part, and what cannot work.

import type { ASTNode } from '@marcbachmann/cel-js'
import { accepts, describeParameter, parameterAt, typeOfResult } from './check-calls.ts'
import { typeOfBinary } from './check-operators.ts'
import type { ExpressionProblem } from './expression-problem.ts'
import { languageFunctions } from './functions.ts'
import { hintOfNames } from './nearest-name.ts'
import { bindingOf, celNames, type Binding } from './syntax.ts'
import {
  describeType,
  dyn,
  fieldType,
  isUnknown,
  listOf,
  mergeTypes,
  openObject,
  optionalOf,
  unwrapped,
  type ScopeTypes,
  type ValueType,
} from './value-type.ts'

const bool: ValueType = { kind: 'bool' }
type Pair = readonly [left: ASTNode, right: ASTNode]

export class TypeWalk {
  readonly problems: ExpressionProblem[] = []
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  typeOf(node: ASTNode, scope: ScopeTypes): ValueType {
    switch (node.op) {
      case 'value':
        return typeOfLiteral(node.args)
      case 'id':
        return this.#name(node, node.args, scope)
      case '.':
        return this.#field(node, node.args[0], node.args[1], scope)
      case '.?':
        return optionalOf(this.#field(node, node.args[0], node.args[1], scope))
      case '[]':
        return this.#index(node, node.args, scope)
      case '[?]':
        return optionalOf(this.#index(node, node.args, scope))
      case 'call':
        return this.#call(node, node.args[0], node.args[1], scope)
      case 'rcall': {
        const binding = bindingOf(node)
        if (binding !== undefined) return this.#binding(binding, scope)
        return this.#call(node, node.args[0], [node.args[1], ...node.args[2]], scope)
      }
      case 'list':
        return listOf(node.args.length === 0 ? dyn : this.#merge(node.args, scope))
      case 'map':
        return this.#map(node.args, scope)
      case '?:':
        this.#bools(node.args.slice(0, 1), scope)
        return this.#merge(node.args.slice(1), scope)
      case '||':
      case '&&':
        return this.#bools(node.args, scope)
      case '!_':
        return this.#bools([node.args], scope)
      case '-_':
        return this.#binary(node, '-', [{ kind: 'int' }, this.typeOf(node.args, scope)])
      default:
        return this.#binary(node, node.op, [this.typeOf(node.args[0], scope), this.typeOf(node.args[1], scope)])
    }
  }

  #problem(node: ASTNode, code: ExpressionProblem['code'], message: string, hint?: string): ValueType {
    this.problems.push({ code, message, ...(hint !== undefined && { hint }), offset: node.start })
    return dyn
  }

  #text(node: ASTNode): string {
    return this.#source.slice(node.start, node.end)
  }

  #name(node: ASTNode, name: string, scope: ScopeTypes): ValueType {
    const type = Object.hasOwn(scope, name) ? scope[name] : undefined
    if (type !== undefined) return type
    if (celNames.has(name)) return dyn
    return this.#problem(
      node,
      'expression_reference',
      `There is no \`${name}\` here.`,
      hintOfNames(name, Object.keys(scope)),
    )
  }

  #field(node: ASTNode, left: ASTNode, name: string, scope: ScopeTypes): ValueType {
    const of = this.typeOf(left, scope)
    return of.kind === 'optional'
      ? optionalOf(this.#fieldOf(node, left, of.of, name))
      : this.#fieldOf(node, left, of, name)
  }

  #fieldOf(node: ASTNode, left: ASTNode, object: ValueType, name: string): ValueType {
    if (isUnknown(object)) return dyn
    const path = this.#text(left)
    if (object.kind !== 'object') {
      const hint = object.kind === 'list' ? 'Take one entry, such as [0], or map over the list.' : undefined
      return this.#problem(
        node,
        'expression_reference',
        `\`${path}\` is ${describeType(object)} and has no field \`${name}\`.`,
        hint,
      )
    }
    const type = fieldType(object, name)
    if (type !== undefined) return type
    return this.#problem(
      node,
      'expression_reference',
      `\`${path}\` has no field \`${name}\`.`,
      hintOfNames(name, Object.keys(object.fields)),
    )
  }

  #index(node: ASTNode, [left, right]: Pair, scope: ScopeTypes): ValueType {
    const of = this.typeOf(left, scope)
    const object = unwrapped(of)
    const found = this.#entryOf(node, left, object, right, this.typeOf(right, scope))
    return of.kind === 'optional' ? optionalOf(found) : found
  }

  #entryOf(node: ASTNode, left: ASTNode, object: ValueType, right: ASTNode, index: ValueType): ValueType {
    if (object.kind === 'list') {
      if (isUnknown(index) || index.kind === 'int' || index.kind === 'number') return object.of
      return this.#problem(
        node,
        'expression_type',
        `\`${this.#text(left)}\` is a list; its entries are numbered, not found by ${describeType(index)}.`,
      )
    }
    if (right.op === 'value' && typeof right.args === 'string') return this.#fieldOf(node, left, object, right.args)
    if (object.kind === 'object' || isUnknown(object)) return dyn
    return this.#problem(
      node,
      'expression_type',
      `\`${this.#text(left)}\` is ${describeType(object)} and has no entries.`,
    )
  }

  #merge(nodes: readonly ASTNode[], scope: ScopeTypes): ValueType {
    return nodes.map((node) => this.typeOf(node, scope)).reduce(mergeTypes)
  }

  #map(entries: readonly Pair[], scope: ScopeTypes): ValueType {
    const fields: Record<string, ValueType> = {}
    for (const [key, value] of entries) {
      this.typeOf(key, scope)
      const type = this.typeOf(value, scope)
      if (key.op === 'value' && typeof key.args === 'string') fields[key.args] = type
    }
    return openObject(fields)
  }

  #bools(nodes: readonly ASTNode[], scope: ScopeTypes): ValueType {
    for (const node of nodes) {
      const type = this.typeOf(node, scope)
      if (type.kind === 'bool' || isUnknown(type)) continue
      const hint = 'Compare it with something: `… == …`, `… > …`, `has(…)`.'
      this.#problem(
        node,
        'expression_type',
        `\`${this.#text(node)}\` is ${describeType(type)}, not true or false.`,
        hint,
      )
    }
    return bool
  }

  #binary(node: ASTNode, operator: string, [left, right]: readonly [ValueType, ValueType]): ValueType {
    const type = typeOfBinary(operator, left, right)
    if (type !== undefined) return type
    const texts = operator === '+' && [left.kind, right.kind].includes('string')
    const hint = texts ? 'Write string(x), or put the text outside of the braces: "Total {{ x }}".' : undefined
    return this.#problem(
      node,
      'expression_type',
      `\`${operator}\` does not work on ${describeType(left)} and ${describeType(right)}.`,
      hint,
    )
  }

  #binding({ name, variable, over, body }: Binding, scope: ScopeTypes): ValueType {
    const of = this.typeOf(over, scope)
    if (name === 'bind') return this.#merge(body, { ...scope, [variable]: of })
    const inner = { ...scope, [variable]: this.#entryType(over, of) }
    const conditions = name === 'map' ? body.slice(0, -1) : body
    this.#bools(conditions, inner)
    if (name === 'map') return listOf(this.#merge(body.slice(-1), inner))
    return name === 'filter' ? listOf(this.#entryType(over, of)) : bool
  }

  /** What a macro goes through: the entries of a list, the names of an object. */
  #entryType(over: ASTNode, of: ValueType): ValueType {
    if (of.kind === 'list') return of.of
    if (of.kind === 'object') return { kind: 'string' }
    if (isUnknown(of)) return dyn
    return this.#problem(over, 'expression_type', `\`${this.#text(over)}\` is ${describeType(of)}, not a list.`)
  }

  #call(node: ASTNode, name: string, args: readonly ASTNode[], scope: ScopeTypes): ValueType {
    const types = args.map((argument) => this.typeOf(argument, scope))
    if (name === 'has' || name === 'hasValue') return bool
    if (name === 'default' || name === 'orValue' || name === 'value') return types.map(unwrapped).reduce(mergeTypes)
    const definition = languageFunctions.get(name)
    if (definition === undefined) return dyn
    for (const [position, argument] of args.entries()) {
      const parameter = parameterAt(definition.parameters, position)
      const type = types[position]
      if (parameter === undefined || type === undefined || accepts(parameter, type)) continue
      const message = `\`${name}\` needs ${describeParameter(parameter)} as \`${parameter.name}\`, but \`${this.#text(argument)}\` is ${describeType(type)}.`
      this.#problem(node, 'expression_type', message)
    }
    return typeOfResult(definition, types)
  }
}

function typeOfLiteral(value: unknown): ValueType {
  if (value === null) return { kind: 'null' }
  switch (typeof value) {
    case 'string':
      return { kind: 'string' }
    case 'boolean':
      return bool
    case 'number':
      return { kind: 'number' }
    default:
      return value instanceof Uint8Array ? { kind: 'bytes' } : { kind: 'int' }
  }
}
