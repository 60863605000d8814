// Missing is an answer; refused is not.

import { expect, it } from 'vitest'
import { exists, unlessMissing } from './presence.ts'

it('tells what is there from what is missing', async () => {
  const here = import.meta.filename
  expect(await Promise.all([here, `${here}.missing`, `${here}/below`].map(exists))).toEqual([true, false, false])
})

it('does not take a refusal for absence', () => {
  const refused = Object.assign(new Error('refused'), { code: 'EACCES' })
  expect(() => unlessMissing(refused)).toThrow('refused')
})
