// What a name may be, and that an id is one id however it is written.

import { expect, test } from 'vitest'
import { z } from 'zod'
import { routes } from '../routes.ts'
import { label } from './person.ts'

const name = label(10)

test('names that look alike are alike', () => {
  expect(name.parse('Ame\u0301lie')).toBe('Am\u00e9lie')
  expect(name.parse('  Ana ')).toBe('Ana')
})

test.each([
  '',
  '  ',
  '\u200b',
  '\u202eana',
  'a\u2028b',
  'a\nb',
  'a\0',
  '\u2066a\u2069',
  '\ufeffa\ufeffb',
  'x'.repeat(11),
])('a name that nobody can see or read as it is written is refused (%#)', (text) =>
  expect(name.safeParse(text).success).toBe(false),
)

test.each(['Ana', '漢字', '\u0928\u092e', '👩\u200d🚀', '-', 'O’Neill'])('%s is a name', (text) => {
  expect(name.parse(text)).toBe(text)
})

const upper = '01A1FF28-479D-702E-847D-9F8B6B253E0E'
const withId = routes.filter(({ path }) => path.includes('{id}'))

test.each(withId.map(({ operation, params }) => [operation, params] as const))(
  '%s knows its id in whatever case it is written',
  (_, params) => {
    const names = params instanceof z.ZodObject ? Object.keys(params.shape) : []
    const all = (id: string) => Object.fromEntries(names.map((field) => [field, id]))
    expect(params?.parse(all(upper))).toEqual(all(upper.toLowerCase()))
  },
)
