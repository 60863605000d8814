// German words. cspell:ignore Bücher Äpfel
import { describe, expect, test } from 'vitest'
import { celFunctionNames } from './cel.ts'
import { languageMacros } from './cel-functions.ts'
import { checkExpression } from './check-expression.ts'
import { functionGroups, functionNames, languageFunctions } from './functions.ts'
import { valueOf } from './language.test-kit.ts'

const rows = [...functionGroups.flatMap(({ functions }) => [...functions]), ...languageMacros]

describe('the table of functions', () => {
  test.each(rows.map(({ signature, example }) => [signature, ...example] as const))('%s: %s', (_, source, result) => {
    expect(valueOf(source)).toEqual(result)
    expect(checkExpression(source, {}).problems).toEqual([])
  })

  test('holds every function and macro that CEL brings, each name once', () => {
    expect(celFunctionNames().filter((name) => !functionNames.includes(name))).toEqual(['boundTypeNames'])
    expect(languageFunctions.size).toBe(functionGroups.flatMap(({ functions }) => [...functions]).length)
  })

  test('says of each function what it is for', () => {
    for (const { doc } of rows) expect(doc).toMatch(/\.$/)
  })
})

const scope = {
  text: 'Bücher, Äpfel',
  lines: [
    { n: 10, name: 'b' },
    { n: 9, name: 'a' },
  ],
  amounts: [0.1, 0.2, 0.3],
  due: '2026-03-29T00:30:00Z',
}
const names = { own: Object.keys(scope) }
const value = (source: string) => valueOf(source, scope, names)

test('a function may be called as a method', () => {
  expect(value('text.upper().split(", ").join("|")')).toBe('BÜCHER|ÄPFEL')
  expect(value('lines.first().name')).toBe('b')
})

test('texts are taken apart and put together', () => {
  expect(value('"a-b-c".replace("-", "+", 1)')).toBe('a+b-c')
  expect(value('"abc".replace("", "-")')).toBe('a-b-c')
  expect(value('"a,b,c".split(",", 2)')).toEqual(['a', 'b,c'])
  expect(value('"a,b,c".split(",", 0)')).toEqual([])
  expect(value('"a,b,c".split(",", 9)')).toEqual(['a', 'b', 'c'])
  expect(value('"abc".substring(1, lines.size())')).toBe('b')
  expect(value('"a-b".indexOf("-", 2)')).toBe(-1)
  expect(value('"a-b-c".lastIndexOf("-", 2)')).toBe(1)
  expect(value('[1, null, "x", {"a": true}].join()')).toBe('1x{"a":true}')
  expect(value('string(null) + string(17) + string(lines[0])')).toBe('17{"n":10,"name":"b"}')
  expect(value('string(bytes(text)) == text')).toBe(true)
  expect(value('parseJson("{\\"a\\": [1]}").a[0] + 1')).toBe(2)
})

test('rounding is exact on the decimal text, half away from zero', () => {
  expect(value('[1.005, -1.005, 2.5, -2.5, 0.1].map(x, round(x, 2))')).toEqual([1.01, -1.01, 2.5, -2.5, 0.1])
  expect(value('[2.5, -2.5, 1.5, 0.4].map(x, round(x))')).toEqual([3, -3, 2, 0])
  expect(value('[1234.5, 1e21, 1.5e-7].map(x, round(x, -2))')).toEqual([1200, 1e21, 0])
  expect(value('round(1.0 / 0.0) > 5')).toBe(true)
  expect(value('round(17)')).toBe(17)
})

test('sums are exact as decimals', () => {
  expect(value('sum(amounts)')).toBe(0.6)
  expect(value('sum([])')).toBe(0)
  expect(value('sum([1e300, 1e-300, -1e300, 2.5])')).toBe(2.5)
  expect(value('sum([1, 1e21, 0.5])')).toBe(1e21)
  expect(value('sum([1.0 / 0.0, 1]) > 5')).toBe(true)
  expect(value('avg(amounts)')).toBeCloseTo(0.2)
})

test('numbers are read from text and truth', () => {
  expect(value('[number("-1.5e3"), number(true), number(false), number(7), number(" .5 ")]')).toEqual([
    -1500, 1, 0, 7, 0.5,
  ])
  expect(value('[int("17"), int(-2.9), int(3u), int(4), int(timestamp("1970-01-01T00:00:09.9Z"))]')).toEqual([
    17, -2, 3, 4, 9,
  ])
})

test('the least and the greatest are found among numbers, texts and times', () => {
  expect(value('[min(3, 1.5), max("b", "a"), min(["z"])]')).toEqual([1.5, 'b', 'z'])
  expect(value('max(timestamp("2026-01-01"), timestamp("2026-01-02"))')).toBe('2026-01-02T00:00:00Z')
  expect(value('sort([3, 1.5, 2, 2])')).toEqual([1.5, 2, 2, 3])
  expect(value('sort(lines, "n").map(line, line.name)')).toEqual(['a', 'b'])
})

test('lists are flattened one level, and made unique by value', () => {
  expect(value('flatten([1, [2, [3]]])')).toEqual([1, 2, [3]])
  expect(value('unique([{"a": 1}, {"a": 1}, 1, "1"])')).toEqual([{ a: 1 }, 1, '1'])
  expect(value('[first([]), last([])]')).toEqual([null, null])
})

test('times are read, moved and written, in a zone with its daylight saving', () => {
  expect(value('format(due, "EEE d MMM yy, H:mm:ss.SSS xxx", "Europe/Berlin")')).toBe(
    'Sun 29 Mar 26, 1:30:00.000 +01:00',
  )
  expect(value('format(addDuration(due, "1h"), "HH:mm xxx", "Europe/Berlin")')).toBe('03:30 +02:00')
  expect(value(`format(due, "EEEE MMMM M dd h 'of day' hh a z")`)).toBe('Sunday March 3 29 12 of day 12 AM z')
  expect(value('format("2026-01-01T15:00:00Z", "h a")')).toBe('3 PM')
  expect(
    value('[year(due), month(due), hour(due, "+05:30"), weekday(due), getHours(timestamp(due), "02:00")]'),
  ).toEqual([2026, 3, 6, 7, 2])
  expect(value('timestamp("2026-07-01", "Europe/Berlin")')).toBe('2026-06-30T22:00:00Z')
  expect(value('[timestamp(0), timestamp(1.5), timestamp(timestamp(0))]')).toEqual([
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:01.500Z',
    '1970-01-01T00:00:00Z',
  ])
  expect(value('timestamp(due) - timestamp("2026-03-29") + duration("2d")')).toBe('174600s')
})

test('durations come in days, weeks, signs and ISO 8601', () => {
  expect(
    value('[duration("1w"), duration("-1.5s"), duration(".5h"), duration("PT5M"), duration(duration("1ns"))]'),
  ).toEqual(['604800s', '-1.5s', '1800s', '300s', '0.000000001s'])
  expect(value('duration("90m").getHours() + duration("90m").getMinutes() + duration("1.5s").getMilliseconds()')).toBe(
    591,
  )
  expect(value('duration("2h") > duration("90m") && duration("61s").getSeconds() == 61')).toBe(true)
})

const noTime =
  'The text is no time such as 2026-01-31T09:00:00Z, a date, or both with an IANA time zone as second argument of timestamp().'
const noDuration = 'The text is no duration such as 30s, 48h, 2d or PT5M.'

test.each([
  ['bool("top secret")', 'bool() got a text that is neither "true" nor "false".'],
  [
    '"a".matches("(secret")',
    'The regular expression cannot be used: it is none, or its groups repeat too often for this text.',
  ],
  ['9223372036854775807 + 1', 'The result is beyond 64 bits.'],
  ['timestamp("2026-01-31T09:00")', noTime],
  ['lower(1)', 'lower() needs text as argument 1 and got a number.'],
  ['round("a")', 'round() needs a number as argument 1 and got text.'],
  ['round(1, 1.5)', 'round() needs a whole number as argument 2 and got a number.'],
  ['round(1, 99)', 'round() keeps from -15 to 15 digits.'],
  ['number("1,5")', 'number() got a text that is no number such as "1250.50".'],
  ['number("1e999")', 'number() got a text that is no number such as "1250.50".'],
  ['int("1.5")', 'int() got a text that is no whole number such as "17".'],
  ['int("9223372036854775808")', 'int() got a number beyond 64 bits.'],
  ['int(1e30)', 'int() got a number beyond 64 bits.'],
  ['avg([])', 'avg() got an empty list.'],
  ['max([])', 'max() got an empty list.'],
  ['sum([1, "2"])', 'sum() needs a list of numbers as argument 1 and got a list with text in it.'],
  ['sum(lines[0])', 'sum() needs a list as argument 1 and got an object.'],
  ['keys([1])', 'keys() needs a map as argument 1 and got a list.'],
  ['sort([1, "a"])', 'sort() cannot compare text with a number.'],
  ['sort(lines, "nope")', 'sort() cannot compare null with null.'],
  ['sort([1, 2], "n")', 'sort() cannot compare null with null.'],
  ['min(true, duration("1s"))', 'min() cannot compare a duration with true or false.'],
  ['min(bytes("a"), timestamp(0))', 'min() cannot compare a timestamp with bytes.'],
  ['upper(cel)', 'upper() needs text as argument 1 and got something that is no JSON.'],
  ['"abc".substring(2, 1)', 'substring() ends before it starts.'],
  ['"abc".substring(4)', 'There is no character 4 in a text of 3.'],
  ['"abc".charAt(-1)', 'There is no character -1 in a text of 3.'],
  ['parseJson("{")', 'parseJson() got a text that is no JSON.'],
  ['string(b"\\xff")', 'These bytes are no UTF-8 text.'],
  ['format(1, "yyyy")', 'format() needs a timestamp as argument 1 and got a number.'],
  ['format(due, "yyyy", "Mars/Base")', 'There is no such time zone; write an IANA name such as "Europe/Berlin".'],
  [
    'format(due, json(lines) + json(lines) + json(lines) + json(lines) + json(lines) + json(lines))',
    'The pattern is longer than 200 characters.',
  ],
  ['timestamp("soon")', noTime],
  ['timestamp("2026-02-31T00:00:00Z")', noTime],
  ['timestamp("soon", "UTC")', noTime],
  ['timestamp(1e15)', 'The time is outside of the years 1 to 9999.'],
  ['timestamp("9999-12-31T23:59:59Z") + duration("1s")', 'The time is outside of the years 1 to 9999.'],
  ['timestamp(json(lines) + json(lines) + json(lines))', noTime],
  ['duration("soon")', noDuration],
  ['duration(json(lines) + json(lines) + json(lines))', noDuration],
  ['duration("99999999999h")', 'The duration is longer than 10,000 years.'],
  ['duration(1)', 'duration() needs a duration such as "48h" as argument 1 and got a number.'],
  ['addDuration(due, null)', 'addDuration() needs a duration such as "48h" as argument 2 and got null.'],
])('%s says what is wrong', (source, message) => {
  expect(value(source)).toBe(`failed: ${message}`)
})
