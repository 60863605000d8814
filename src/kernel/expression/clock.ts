// Timestamps and durations: read from text, taken apart in a time zone, and written.

import { EvaluationError } from '@marcbachmann/cel-js'
import { Duration } from '@marcbachmann/cel-js/evaluator'
import { parseDuration } from '../schedule/duration.ts'

const invalid = (message: string): EvaluationError => new EvaluationError({ code: 'invalid_time', message })

/** Years 1 to 9999 (CEL specification, "Timestamp"). */
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_999

export function timestampOf(epochMs: number): Date {
  if (epochMs >= earliest && epochMs <= latest) return new Date(epochMs)
  throw invalid('The time is outside of the years 1 to 9999')
}

/**
 * RFC 3339 (`2026-01-31T09:00:00Z`, `…+02:00`), a date alone (midnight in the zone, UTC when there is none), or a local
 * date and time together with a zone.
 */
export function parseTimestamp(text: string, zone: string | undefined): Date {
  const dateOnly = text.length === 10
  const zoned = text.length <= 64 && /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) && !dateOnly
  if (!zoned && zone === undefined && !dateOnly) throw invalid(noTime)
  try {
    if (zoned) return timestampOf(Temporal.Instant.from(text).epochMilliseconds)
    return timestampOf(Temporal.PlainDateTime.from(text).toZonedDateTime(zoneName(zone)).epochMilliseconds)
  } catch {
    throw invalid(noTime)
  }
}

/** Messages never quote values: they may be secret. */
const noTime =
  'The text is no time such as 2026-01-31T09:00:00Z, a date, or both with an IANA time zone as second argument of timestamp()'

/** The wall clock of a time zone: IANA name or offset; UTC when absent. */
export function wallClock(time: Date, zone: string | undefined): Temporal.ZonedDateTime {
  try {
    return Temporal.Instant.fromEpochMilliseconds(time.getTime()).toZonedDateTimeISO(zoneName(zone))
  } catch {
    throw invalid('There is no such time zone; write an IANA name such as "Europe/Berlin"')
  }
}

/** CEL also writes offsets without a sign ("02:00"). */
const zoneName = (zone = 'UTC'): string => (/^\d\d:\d\d$/.test(zone) ? `+${zone}` : zone)

const units: readonly (readonly [name: string, nanoseconds: bigint])[] = [
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['d', 86_400_000_000_000n],
  ['w', 604_800_000_000_000n],
]
const quantity = String.raw`(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)`
const durationForm = new RegExp(`^[+-]?(?:${quantity})+$`)
/** google.protobuf.Duration: about 10,000 years. */
const longestSeconds = 315_576_000_000n

export function checkedDuration(duration: Duration): Duration {
  const { seconds } = duration
  if (seconds <= longestSeconds && seconds >= -longestSeconds) return duration
  throw invalid('The duration is longer than 10,000 years')
}

/** `48h`, `2d`, `1h30m`, `-1.5h`, `250ms`, ISO 8601 `PT5M`; a day is 24 hours. */
export function parseTimeSpan(text: string): Duration {
  const short = text.length <= 64 && durationForm.test(text)
  const iso = short ? undefined : parseDuration(text)
  if (!short && iso === undefined) throw invalid('The text is no duration such as 30s, 48h, 2d or PT5M')
  const nanoseconds = iso === undefined ? sumQuantities(text) : BigInt(iso) * 1_000_000n
  return checkedDuration(new Duration(nanoseconds / 1_000_000_000n, Number(nanoseconds % 1_000_000_000n)))
}

function sumQuantities(text: string): bigint {
  let total = 0n
  for (const [part] of text.matchAll(new RegExp(quantity, 'g'))) {
    const amount = part.replace(/[a-zµ]+$/, '')
    const decimals = amount.includes('.') ? amount.length - amount.indexOf('.') - 1 : 0
    for (const [unit, nanoseconds] of units) {
      if (amount + unit === part) total += (BigInt(amount.replace('.', '')) * nanoseconds) / 10n ** BigInt(decimals)
    }
  }
  return text.startsWith('-') ? -total : total
}

/** ISO 8601 in UTC, with milliseconds only where there are some. */
export const timestampText = (time: Date): string => time.toISOString().replace('.000Z', 'Z')

/** Seconds, as in `172800s` or `-1.5s`. */
export function durationText(duration: Duration): string {
  const nanoseconds = duration.seconds * 1_000_000_000n + BigInt(duration.nanos)
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${nanoseconds < 0n ? '-' : ''}${magnitude / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}s`
}

const pad = (value: number, length: number): string => String(value).padStart(length, '0')

/** The letters of a format pattern (a subset of Unicode Technical Standard 35, "Date Format Patterns"), in English. */
const fields: Readonly<Record<string, (clock: Temporal.ZonedDateTime) => string>> = {
  yyyy: (clock) => pad(clock.year, 4),
  yy: (clock) => pad(clock.year % 100, 2),
  MMMM: (clock) => clock.toLocaleString('en', { month: 'long' }),
  MMM: (clock) => clock.toLocaleString('en', { month: 'short' }),
  MM: (clock) => pad(clock.month, 2),
  M: (clock) => String(clock.month),
  dd: (clock) => pad(clock.day, 2),
  d: (clock) => String(clock.day),
  EEEE: (clock) => clock.toLocaleString('en', { weekday: 'long' }),
  EEE: (clock) => clock.toLocaleString('en', { weekday: 'short' }),
  HH: (clock) => pad(clock.hour, 2),
  H: (clock) => String(clock.hour),
  hh: (clock) => pad(clock.hour % 12 || 12, 2),
  h: (clock) => String(clock.hour % 12 || 12),
  mm: (clock) => pad(clock.minute, 2),
  ss: (clock) => pad(clock.second, 2),
  SSS: (clock) => pad(clock.millisecond, 3),
  a: (clock) => (clock.hour < 12 ? 'AM' : 'PM'),
  xxx: (clock) => clock.offset,
}
const fieldForm = new RegExp(`'([^']*)'|${Object.keys(fields).join('|')}`, 'g')

/** Letters that are none of the fields stay as they are; text in single quotes is copied. */
export function formatTime(clock: Temporal.ZonedDateTime, pattern: string): string {
  if (pattern.length > 200) throw invalid('The pattern is longer than 200 characters')
  return pattern.replace(fieldForm, (field, text: string) => fields[field]?.(clock) ?? text)
}
