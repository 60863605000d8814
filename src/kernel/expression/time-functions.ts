// The functions over timestamps and durations.

import { Duration } from '@marcbachmann/cel-js/evaluator'
import { formatTime, parseTimestamp, timestampOf, wallClock } from './clock.ts'
import { defineFunction, type Arguments, type LanguageFunction } from './language-function.ts'

const sample = 'timestamp("2026-01-31T23:30:00Z")'

/** A part of the wall clock, in UTC or in a zone. */
function partFunction(
  name: string,
  doc: string,
  result: number,
  part: (clock: Temporal.ZonedDateTime) => number,
): LanguageFunction {
  return defineFunction(
    `${name}(time: timestamp, zone?: string): int`,
    doc,
    [`${name}(${sample}, "Europe/Berlin")`, result],
    (args) => BigInt(part(wallClock(args.time(0), args.optionalText(1)))),
  )
}

/** CEL's own names; those that durations share give whole units of the duration. */
function celPartFunction(
  name: string,
  doc: string,
  result: number,
  part: (clock: Temporal.ZonedDateTime) => number,
  ofDuration?: (duration: Duration) => bigint,
): LanguageFunction {
  const takes = ofDuration === undefined ? 'timestamp' : 'timestamp|duration'
  return defineFunction(`${name}(time: ${takes}, zone?: string): int`, doc, [`${sample}.${name}()`, result], (args) => {
    const value = args.any(0)
    if (ofDuration !== undefined && value instanceof Duration) return ofDuration(value)
    return BigInt(part(wallClock(args.time(0), args.optionalText(1))))
  })
}

/** The specification counts all of them, CEL implementations only the part below a second; conformance decides for the latter. */
const millisecondsOf = (duration: Duration): bigint => BigInt(Math.trunc(duration.nanos / 1_000_000))

export const timeFunctions: readonly LanguageFunction[] = [
  defineFunction(
    'timestamp(value: string|number|timestamp, zone?: string): timestamp',
    'A timestamp from ISO 8601 text, from a date or local time in a zone, or from seconds since 1970.',
    ['timestamp("2026-01-31T09:00", "Europe/Berlin")', '2026-01-31T08:00:00Z'],
    toTimestamp,
  ),
  defineFunction(
    'duration(text: string|duration): duration',
    'A duration: `30s`, `48h`, `1h30m`, `2d`, `1w`, `-5m` or ISO 8601 (`PT5M`). As a result it is written in seconds.',
    ['duration("1h30m")', '5400s'],
    (args) => args.duration(0),
  ),
  defineFunction(
    'addDuration(time: timestamp, duration: duration): timestamp',
    'The time that much later, as `time + duration("48h")` does; takes text for both.',
    ['addDuration("2026-01-31T09:00:00Z", "48h")', '2026-02-02T09:00:00Z'],
    (args) => timestampOf(args.time(0).getTime() + args.duration(1).valueOf()),
  ),
  defineFunction(
    'format(time: timestamp, pattern: string, zone?: string): string',
    'As text: `yyyy MM dd HH mm ss SSS`, `MMM`/`MMMM` and `EEE`/`EEEE` for names, `hh a`, `xxx` for the offset, text in quotes.',
    [`format(${sample}, "dd.MM.yyyy HH:mm", "Europe/Berlin")`, '01.02.2026 00:30'],
    (args) => formatTime(wallClock(args.time(0), args.optionalText(2)), args.text(1)),
  ),
  partFunction('year', 'The year.', 2026, (clock) => clock.year),
  partFunction('month', 'The month, 1 to 12.', 2, (clock) => clock.month),
  partFunction('day', 'The day of the month, 1 to 31.', 1, (clock) => clock.day),
  partFunction('weekday', 'The day of the week, 1 (Monday) to 7 (Sunday).', 7, (clock) => clock.dayOfWeek),
  partFunction('hour', 'The hour, 0 to 23.', 0, (clock) => clock.hour),
  partFunction('minute', 'The minute, 0 to 59.', 30, (clock) => clock.minute),
  celPartFunction('getFullYear', 'CEL: the year.', 2026, (clock) => clock.year),
  celPartFunction('getMonth', 'CEL: the month, 0 to 11.', 0, (clock) => clock.month - 1),
  celPartFunction('getDate', 'CEL: the day of the month, 1 to 31.', 31, (clock) => clock.day),
  celPartFunction('getDayOfMonth', 'CEL: the day of the month, 0 to 30.', 30, (clock) => clock.day - 1),
  celPartFunction('getDayOfWeek', 'CEL: the day of the week, 0 (Sunday) to 6.', 6, (clock) => clock.dayOfWeek % 7),
  celPartFunction('getDayOfYear', 'CEL: the day of the year, from 0.', 30, (clock) => clock.dayOfYear - 1),
  celPartFunction(
    'getHours',
    'CEL: the hour, or the whole hours of a duration.',
    23,
    (clock) => clock.hour,
    (duration) => duration.getHours(),
  ),
  celPartFunction(
    'getMinutes',
    'CEL: the minute, or the whole minutes of a duration.',
    30,
    (clock) => clock.minute,
    (duration) => duration.getMinutes(),
  ),
  celPartFunction(
    'getSeconds',
    'CEL: the second, or the whole seconds of a duration.',
    0,
    (clock) => clock.second,
    (duration) => duration.getSeconds(),
  ),
  celPartFunction(
    'getMilliseconds',
    'CEL: the millisecond, or the milliseconds of a duration.',
    0,
    (clock) => clock.millisecond,
    millisecondsOf,
  ),
]

function toTimestamp(args: Arguments): Date {
  const value = args.any(0)
  if (typeof value === 'number' || typeof value === 'bigint') return timestampOf(args.number(0) * 1000)
  return typeof value === 'string' ? parseTimestamp(value, args.optionalText(1)) : args.time(0)
}
