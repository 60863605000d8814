// What the functions of an expression take and give.

import type { LanguageFunction, Parameter, ParameterKind } from './language-function.ts'
import { anyObject, dyn, isUnknown, listOf, type ValueType } from './value-type.ts'

/** Which types an argument of a kind may have. */
const accepted: Readonly<Record<ParameterKind, readonly ValueType['kind'][]>> = {
  any: [],
  string: ['string'],
  number: ['number', 'int'],
  int: ['number', 'int'],
  bool: ['bool'],
  list: ['list'],
  map: ['object'],
  timestamp: ['timestamp', 'string'],
  duration: ['duration', 'string'],
  bytes: ['bytes'],
}

export function parameterAt(parameters: readonly Parameter[], position: number): Parameter | undefined {
  return parameters[position] ?? parameters.find(({ rest }) => rest)
}

export function accepts({ kinds }: Parameter, type: ValueType): boolean {
  if (isUnknown(type) || kinds.includes('any')) return true
  return kinds.some((each) => accepted[each].includes(type.kind))
}

const words: Readonly<Record<ParameterKind, string>> = {
  any: 'anything',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bool: 'true or false',
  list: 'a list',
  map: 'an object',
  timestamp: 'a timestamp',
  duration: 'a duration',
  bytes: 'bytes',
}

export const describeParameter = ({ kinds }: Parameter): string => kinds.map((kind) => words[kind]).join(' or ')

/** The type of a call, given those of its arguments. */
export function typeOfResult({ returns }: LanguageFunction, args: readonly ValueType[]): ValueType {
  const [first = dyn] = args
  switch (returns) {
    case 'any':
      return dyn
    case 'map':
      return anyObject
    case 'list':
      return listOf(dyn)
    case 'texts':
      return listOf({ kind: 'string' })
    case 'same':
      return first
    case 'element':
      return first.kind === 'list' ? first.of : dyn
    default:
      return { kind: returns }
  }
}
