import { expect, test } from 'vitest'
import { idRange } from './id-prefix.ts'

test('the beginning of an id spans all ids that begin like it, with or without dashes, in any case', () => {
  const span = { from: '01a1fdfd-e300-0000-0000-000000000000', to: '01a1fdfd-e3ff-ffff-ffff-ffffffffffff' }
  expect(idRange('01a1fdfd-e3')).toEqual(span)
  expect(idRange('01A1FDFDE3')).toEqual(span)
})

test('a whole id spans itself', () => {
  const id = '01a1fdfd-e31a-74ee-b328-9d4fb950ea99'
  expect(idRange(id)).toEqual({ from: id, to: id })
})

test.each(['', '01a1fdf', 'purchase-order', '01a1fdfd-e31a-74ee-b328-9d4fb950ea990', `01a1fdfd'; --`])(
  '"%s" is the beginning of no id',
  (typed) => {
    expect(idRange(typed)).toBeUndefined()
  },
)
