import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { anyJson, audience, duration, timestamp } from './fields.ts'

const messages = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? []

describe('a duration', () => {
  it('becomes milliseconds', () => expect(duration.parse('1h30m')).toBe(5_400_000))
  it('says how to write it when it cannot be read', () =>
    expect(messages(duration, 'soon')).toEqual([expect.stringContaining('"soon" is not a duration')]))
})

describe('a time', () => {
  it.each([
    ['2026-12-24T18:00:00Z', Date.UTC(2026, 11, 24, 18)],
    ['2026-12-24T18:00+01:00', Date.UTC(2026, 11, 24, 17)],
    ['2026-12-24', Date.UTC(2026, 11, 24)],
  ])('%s becomes epoch milliseconds', (text, ms) => expect(timestamp.parse(text)).toBe(ms))

  it.each(['2026-12-24T18:00:00', 'tomorrow', '2026-13-40', '24.12.2026'])(
    '%s is refused, because its meaning would depend on the server',
    (text) => {
      expect(messages(timestamp, text)).toEqual([expect.stringContaining('is not a time')])
    },
  )
})

describe('an audience', () => {
  it.each([{ role: 'cfo' }, { council: 'media' }, { members: ['ana@example.com'] }])('is one of three: %o', (given) => {
    expect(audience.parse(given)).toEqual(given)
  })

  it.each([{}, { role: 'cfo', council: 'media' }])('is exactly one of three: %o', (given) => {
    expect(messages(audience, given)).toEqual(['name exactly one of role, council and members'])
  })

  it('reports an unresolved list at its own place, so that a template can stand there', () => {
    expect(audience.safeParse({ members: '{{ trigger.members }}' }).error?.issues[0]?.path).toEqual(['members'])
  })
})

it('any JSON is JSON', () => {
  expect(anyJson.parse({ a: [null] })).toEqual({ a: [null] })
  expect(messages(anyJson, undefined)).toEqual([expect.stringContaining('must be JSON')])
})
