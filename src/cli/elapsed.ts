// Times and ids as people read them.

/** A span of time in at most two units: 0.2s, 12.3s, 3m 12s, 5h 3m, 2d 4h. */
export function sayElapsed(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  if (whole < 3600) return twoUnits(whole, 60, 'm', 1, 's')
  if (whole < 86_400) return twoUnits(whole, 3600, 'h', 60, 'm')
  return twoUnits(whole, 86_400, 'd', 3600, 'h')
}

function twoUnits(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small)
  return `${Math.floor(seconds / big)}${bigUnit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`
}

/** A moment from now on: "in 5m 3s", "now". */
export function sayUntil(at: number, now: number): string {
  return at <= now ? 'now' : `in ${sayElapsed(at - now)}`
}

/** 2026-11-21 12:04:05 in the time zone of this machine. */
export function sayMoment(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${sayClock(at)}`
}

/** 12:04:05 in the time zone of this machine. */
export function sayClock(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((value) => String(value).padStart(2, '0'))
    .join(':')
}

/** Ids are UUIDv7: the first 13 characters are the millisecond, so fewer would soon name several things. */
export function shortId(id: string): string {
  return id.slice(0, 18)
}
