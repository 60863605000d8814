// What the operators of an expression take and give.

import { isNumeric, isUnknown, listOf, mergeTypes, type ValueType } from './value-type.ts'

const bool: ValueType = { kind: 'bool' }
const number: ValueType = { kind: 'number' }
const timestamp: ValueType = { kind: 'timestamp' }
const duration: ValueType = { kind: 'duration' }

/** The type of `left operator right`; undefined when the operator does not work on the two. */
export function typeOfBinary(operator: string, left: ValueType, right: ValueType): ValueType | undefined {
  switch (operator) {
    case '==':
    case '!=':
      return isUnknown(left) || isUnknown(right) || sameFamily(left, right) ? bool : undefined
    case 'in':
      return isUnknown(right) || right.kind === 'list' || right.kind === 'object' ? bool : undefined
    case '<':
    case '<=':
    case '>':
    case '>=':
      return typeOfOrder(left, right)
    case '+':
    case '-':
      return isUnknown(left) || isUnknown(right) ? { kind: 'dyn' } : typeOfSum(operator, left, right)
    default:
      return typeOfNumbers(left, right)
  }
}

const sameFamily = (left: ValueType, right: ValueType): boolean =>
  left.kind === right.kind || (isNumeric(left) && isNumeric(right))

const ordered: ReadonlySet<ValueType['kind']> = new Set([
  'string',
  'number',
  'int',
  'bool',
  'timestamp',
  'duration',
  'dyn',
  'null',
])

function typeOfOrder(left: ValueType, right: ValueType): ValueType | undefined {
  if (!ordered.has(left.kind) || !ordered.has(right.kind)) return undefined
  return isUnknown(left) || isUnknown(right) || sameFamily(left, right) ? bool : undefined
}

function typeOfSum(operator: '+' | '-', left: ValueType, right: ValueType): ValueType | undefined {
  if (isNumeric(left)) return typeOfNumbers(left, right)
  if (operator === '+' && left.kind === 'list' && right.kind === 'list') return listOf(mergeTypes(left.of, right.of))
  const pair = `${left.kind} ${operator} ${right.kind}`
  switch (pair) {
    case 'string + string':
    case 'bytes + bytes':
      return left
    case 'timestamp + duration':
    case 'timestamp - duration':
    case 'duration + timestamp':
      return timestamp
    case 'duration + duration':
    case 'duration - duration':
    case 'timestamp - timestamp':
      return duration
    default:
      return undefined
  }
}

function typeOfNumbers(left: ValueType, right: ValueType): ValueType | undefined {
  const wrong = [left, right].some((type) => !isUnknown(type) && !isNumeric(type))
  if (wrong) return undefined
  return left.kind === 'int' && right.kind === 'int' ? left : number
}
