// The functions over numbers.

import { EvaluationError } from '@marcbachmann/cel-js'
import { UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { roundDecimal, sumDecimals } from './decimal.ts'
import { defineFunction, describeValue, type Arguments, type LanguageFunction } from './language-function.ts'

const refuse = (message: string): never => {
  throw new EvaluationError({ code: 'bad_argument', message })
}

export const numberFunctions: readonly LanguageFunction[] = [
  defineFunction(
    'number(value: string|number|bool): number',
    'A number from text ("1250.50"), a boolean (1 or 0) or a number.',
    ['number("1250.50") * 2', 2501],
    toNumber,
  ),
  defineFunction(
    'int(value: string|number|timestamp): int',
    'CEL: a whole number; a fraction is cut off, a timestamp becomes seconds since 1970.',
    ['int(2.9)', 2],
    toInt,
  ),
  defineFunction(
    'round(x: number, digits?: number): number',
    'Rounded half away from zero, exactly on the decimal text: `round(1.005, 2)` is 1.01.',
    ['round(2.675, 2)', 2.68],
    (args) => round(args.number(0), args.whole(1, 0)),
  ),
  defineFunction(
    'roundMoney(x: number): number',
    'Rounded to two digits, half away from zero.',
    ['roundMoney(1.005)', 1.01],
    (args) => round(args.number(0), 2),
  ),
  defineFunction('floor(x: number): number', 'The next lower whole number.', ['floor(7 / 2.0)', 3], (args) =>
    Math.floor(args.number(0)),
  ),
  defineFunction('ceil(x: number): number', 'The next higher whole number.', ['ceil(7 / 2.0)', 4], (args) =>
    Math.ceil(args.number(0)),
  ),
  defineFunction('abs(x: number): number', 'Without its sign.', ['abs(-3.5)', 3.5], (args) => Math.abs(args.number(0))),
  defineFunction(
    'sum(list: list): number',
    'The numbers of a list added up, exactly as decimals; 0 for an empty list.',
    ['sum([0.1, 0.2])', 0.3],
    (args) => sumDecimals(args.numbers(0)),
  ),
  defineFunction('avg(list: list): number', 'The mean of the numbers of a list.', ['avg([1, 2, 6])', 3], average),
  defineFunction(
    'min(...values: any): any',
    'The least of the arguments, or of one list: numbers, texts or timestamps.',
    ['min(3, 1, 2)', 1],
    (args) => extreme('min', args),
  ),
  defineFunction(
    'max(...values: any): any',
    'The greatest of the arguments, or of one list: numbers, texts or timestamps.',
    ['max([3, 1, 2])', 3],
    (args) => extreme('max', args),
  ),
]

const numeral = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i

function toNumber(args: Arguments): number {
  const value = args.any(0)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string') return args.number(0)
  const number = value.length <= 400 && numeral.test(value) ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : refuse('number() got a text that is no number such as "1250.50"')
}

const mostInt = 2n ** 63n

/** 64 bits, as CEL has them. A double at the very end of the range may be off, so the ends are refused. */
function toInt(args: Arguments): bigint {
  const value = args.any(0)
  if (typeof value === 'bigint') return value
  if (value instanceof UnsignedInt) return inRange(value.value)
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1000))
  if (typeof value === 'string') {
    return /^[+-]?\d{1,19}$/.test(value)
      ? inRange(BigInt(value))
      : refuse('int() got a text that is no whole number such as "17"')
  }
  const number = args.number(0)
  if (Math.abs(number) < Number(mostInt)) return BigInt(Math.trunc(number))
  return refuse('int() got a number beyond 64 bits')
}

function inRange(value: bigint): bigint {
  return value >= -mostInt && value < mostInt ? value : refuse('int() got a number beyond 64 bits')
}

function round(value: number, digits: number): number {
  if (digits < -15 || digits > 15) return refuse('round() keeps from -15 to 15 digits')
  return Number.isFinite(value) ? roundDecimal(value, digits) : value
}

function average(args: Arguments): number {
  const numbers = args.numbers(0)
  return numbers.length > 0 ? sumDecimals(numbers) / numbers.length : refuse('avg() got an empty list')
}

function extreme(name: 'min' | 'max', args: Arguments): unknown {
  const values =
    args.count === 1 ? args.list(0) : Array.from({ length: args.count }, (_, position) => args.any(position))
  if (values.length === 0) return refuse(`${name}() got an empty list`)
  return values.reduce((best, value) => ((name === 'min') === compareValues(name, value, best) < 0 ? value : best))
}

/** Negative when `left` comes first. Numbers, texts and timestamps have an order, each among themselves. */
export function compareValues(name: string, left: unknown, right: unknown): number {
  if (isNumber(left) && isNumber(right)) return order(left, right)
  if (typeof left === 'string' && typeof right === 'string') return order(left, right)
  if (left instanceof Date && right instanceof Date) return order(left.getTime(), right.getTime())
  return refuse(`${name}() cannot compare ${describeValue(left)} with ${describeValue(right)}`)
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

function order<T extends number | bigint | string>(left: T, right: T): number {
  if (left < right) return -1
  return left > right ? 1 : 0
}
