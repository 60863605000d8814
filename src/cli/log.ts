// Makes lines of what the house reports: JSON for machines, short lines for people.

import { pino } from 'pino'
import type { JsonObject } from '../kernel/json.ts'
import type { Log } from '../main.ts'
import { sayClock } from './elapsed.ts'
import type { Paint, Style } from './terminal.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
type Level = Parameters<Log>[0]

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

export interface LogTarget {
  readonly level: LogLevel
  /** Takes a whole line, without its end. */
  readonly write: (line: string) => void
  /** Short lines instead of JSON. */
  readonly forPeople: boolean
  readonly paint: Paint
  readonly now: () => number
}

export function createLog(target: LogTarget): Log {
  return target.forPeople ? humanLog(target) : jsonLog(target)
}

/** What is reported below a level is left out. */
export function atLeast(level: LogLevel, log: Log): Log {
  return (given, message, detail) => {
    if (ranks[given] >= ranks[level]) log(given, message, detail)
  }
}

function jsonLog({ level, write }: LogTarget): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(line.trimEnd()) },
  )
  return (given, message, detail) => logger[given](detail, message)
}

const styles: Readonly<Record<Level, Style>> = { debug: 'dim', info: 'blue', warn: 'yellow', error: 'red' }

function humanLog({ level, write, paint, now }: LogTarget): Log {
  return atLeast(level, (given, message, detail) => {
    const rest = detailText(detail)
    write(
      `${paint('dim', sayClock(now()))} ${paint(styles[given], given.padEnd(5))} ${message}${rest === '' ? '' : paint('dim', ` ${rest}`)}`,
    )
  })
}

/** In a terminal one tenant is looked at, so its id says nothing. */
function detailText(detail: JsonObject): string {
  return Object.entries(detail)
    .filter(([key]) => key !== 'tenantId')
    .map(
      ([key, value]) => `${key}=${typeof value === 'string' && !value.includes(' ') ? value : JSON.stringify(value)}`,
    )
    .join(' ')
}
