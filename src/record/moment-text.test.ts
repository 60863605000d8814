import fc from 'fast-check'
import pg from 'pg'
import { expect, test } from 'vitest'
import { momentTypes } from './moment-text.ts'

const timestamptz = 1184
const read = momentTypes.getTypeParser(timestamptz)
const usual = pg.types.getTypeParser(timestamptz)

test.each([
  '2026-11-21 12:00:00+00',
  '0099-01-01 00:00:00.5+00',
  '2026-11-21 12:00:00.999999+05:30',
  '12026-11-21 12:00:00+00',
  '0044-03-15 00:00:00+00 BC',
  'infinity',
  '-infinity',
])('%s is read as the driver reads it', (text) => {
  expect(read(text)).toEqual(usual(text))
})

test('any moment is read as the driver reads it', () => {
  const moments = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moments, fc.stringMatching(/^\d{0,3}$/), (date, micros) => {
      const text = `${date.toISOString().slice(0, -1).replace('T', ' ')}${micros}+00`
      expect(read(text)).toEqual(usual(text))
      expect(read(text)).toEqual(date)
    }),
  )
})

test('other types are the driver’s', () => {
  expect(momentTypes.getTypeParser(23)('7')).toBe(7)
})
