// The small language of types in which a scope is described to the checker.

/**
 * `object`: own fields; `rest` is the type of all other fields, absent when there are none (a closed object).
 * `int` is a whole number made by an expression (a literal, `size()`); what comes from JSON is a `number`.
 * `dyn` is anything: nothing about it is checked.
 */
export type ValueType =
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, ValueType>>; readonly rest?: ValueType }
  | { readonly kind: 'list'; readonly of: ValueType }
  | { readonly kind: 'optional'; readonly of: ValueType }
  | {
      readonly kind: 'string' | 'number' | 'int' | 'bool' | 'timestamp' | 'duration' | 'bytes' | 'null' | 'type' | 'dyn'
    }

/** The types of the names an expression may use: `trigger`, `inputs`, `steps` … */
export type ScopeTypes = Readonly<Record<string, ValueType>>

export const dyn: ValueType = { kind: 'dyn' }
export const anyObject: ValueType = { kind: 'object', fields: {}, rest: dyn }
export const listOf = (of: ValueType): ValueType => ({ kind: 'list', of })
export const closedObject = (fields: Readonly<Record<string, ValueType>>): ValueType => ({ kind: 'object', fields })
export const openObject = (fields: Readonly<Record<string, ValueType>>): ValueType => ({
  kind: 'object',
  fields,
  rest: dyn,
})

export const optionalOf = (of: ValueType): ValueType => (of.kind === 'optional' ? of : { kind: 'optional', of })
/** What an optional holds. */
export const unwrapped = (type: ValueType): ValueType => (type.kind === 'optional' ? type.of : type)

/** Nothing is held against it. Null stands for a field that is often absent, so it counts as anything. */
export const isUnknown = ({ kind }: ValueType): boolean => kind === 'dyn' || kind === 'null'

export const isNumeric = ({ kind }: ValueType): boolean => kind === 'number' || kind === 'int'

/** The type of a value that is one or the other. Null disappears: a field that may be null is checked as what it is else. */
export function mergeTypes(left: ValueType, right: ValueType): ValueType {
  if (left.kind === 'null') return right
  if (right.kind === 'null') return left
  if (left.kind === 'list' && right.kind === 'list') return listOf(mergeTypes(left.of, right.of))
  if (left.kind === 'object' && right.kind === 'object') return mergeObjects(left, right)
  if (isNumeric(left) && isNumeric(right)) return left.kind === right.kind ? left : { kind: 'number' }
  return left.kind === right.kind && left.kind !== 'optional' ? left : dyn
}

type ObjectType = Extract<ValueType, { kind: 'object' }>

function mergeObjects(left: ObjectType, right: ObjectType): ValueType {
  const fields: Record<string, ValueType> = { ...left.fields }
  for (const [name, type] of Object.entries(right.fields)) {
    const other = fieldType(left, name)
    fields[name] = other === undefined ? type : mergeTypes(other, type)
  }
  const rest = left.rest ?? right.rest
  return rest === undefined ? { kind: 'object', fields } : { kind: 'object', fields, rest: dyn }
}

/** The type of a field; undefined when a closed object lacks it. */
export function fieldType(object: ObjectType, name: string): ValueType | undefined {
  return Object.hasOwn(object.fields, name) ? object.fields[name] : object.rest
}

const words = {
  object: 'an object',
  list: 'a list',
  optional: 'an optional',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bool: 'true or false',
  timestamp: 'a timestamp',
  duration: 'a duration',
  bytes: 'bytes',
  null: 'null',
  type: 'a type',
  dyn: 'anything',
} as const satisfies Record<ValueType['kind'], string>

/** For messages: "text", "a list". */
export const describeType = (type: ValueType): string => words[type.kind]
