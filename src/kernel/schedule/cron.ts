// Cron expressions and time zones: what is wrong with one, and the reader of those that are right.

import { Cron } from 'croner'

const fields = [
  { name: 'second', accepts: '0 to 59' },
  { name: 'minute', accepts: '0 to 59' },
  { name: 'hour', accepts: '0 to 23' },
  { name: 'day of month', accepts: '1 to 31, L (the last) or 15W (the weekday nearest to the 15th)' },
  { name: 'month', accepts: '1 to 12 or JAN to DEC' },
  { name: 'day of week', accepts: '0 to 7 (0 and 7 are Sunday), SUN to SAT, FRI#2 (the second) or FRIL (the last)' },
] as const

/** Searching starts here, so that the verdict on an expression does not depend on when it is asked. */
const searchStart = new Date('2000-01-01T00:00:00Z')

/**
 * Says what is wrong with a cron expression and what to write instead; undefined when it can be used.
 * Five fields (minute, hour, day of month, month, day of week), six with seconds first, or a name such as `@daily`.
 * An expression whose day never comes (30 February) is wrong too.
 */
export function cronProblem(expr: string): string | undefined {
  if (expr.length > 200) return `The cron expression has ${expr.length} characters; write at most 200.`
  const cron = readCron(expr, 'UTC')
  if (cron === undefined) return syntaxProblem(expr)
  if (cron.nextRun(searchStart) === null) {
    return `The cron expression "${expr}" never fires: no date matches its day and month. Change one of them.`
  }
  return undefined
}

/** Says why a time zone cannot be used; undefined when it can. Offsets such as `+02:00` are refused: they know no daylight saving. */
export function timeZoneProblem(zone: string): string | undefined {
  if (/^[A-Za-z]/.test(zone) && isKnownToHost(zone)) return undefined
  return `"${zone}" is not an IANA time zone. Write one such as "Europe/Berlin" or "UTC".`
}

/**
 * The reader of one expression in one time zone, or undefined when either is wrong. It only computes: without a
 * callback croner sets no timer. `no-wildcard` is the rule of Vixie cron for daylight saving: an expression whose
 * second, minute and hour are values, lists or ranges fires by the clock on the wall, any other by elapsed time.
 */
export function readCron(expr: string, zone: string): Cron | undefined {
  // croner reads a text with a colon as one date, not as an expression.
  if (expr.includes(':') || timeZoneProblem(zone) !== undefined) return undefined
  try {
    return new Cron(expr, { timezone: zone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' })
  } catch {
    return undefined
  }
}

function syntaxProblem(expr: string): string {
  const parts = expr.split(/\s+/).filter((part) => part !== '')
  if (parts.length === 1 && expr.includes('@'))
    return `"${expr}" is no schedule. Write @hourly, @daily, @weekly, @monthly, @yearly or a cron expression such as "0 9 * * MON".`
  if (parts.length !== 5 && parts.length !== 6) {
    return `A cron expression has five fields (minute, hour, day of month, month, day of week), or six with seconds first; "${expr}" has ${parts.length}. Write for example "0 9 * * MON".`
  }
  const named = fields.slice(fields.length - parts.length)
  return [
    `The cron expression "${expr}" cannot be read.`,
    ...named.flatMap((field, position) => fieldProblem(field, parts[position])),
  ].join(' ')
}

/** A field is wrong when an expression with nothing else in it cannot be read. */
function fieldProblem(field: (typeof fields)[number], part: string | undefined): string[] {
  const alone = fields.map((each) => (each === field ? part : '*')).join(' ')
  if (readCron(alone, 'UTC') !== undefined) return []
  return [`Its ${field.name} is "${part}": write ${field.accepts}, *, a range (a-b), a list (a,b) or a step (*/n).`]
}

function isKnownToHost(zone: string): boolean {
  try {
    // The constructor is the only check the language has: supportedValuesOf() leaves out aliases such as Asia/Calcutta.
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
