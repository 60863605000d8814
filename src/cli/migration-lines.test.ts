import { expect, test } from 'vitest'
import { sayMigration } from './migration-lines.ts'

test('each step is told with what becomes of it, and whether its definition has changed', () => {
  const steps = [
    { step: 'stock', fate: 'stays', isChanged: true },
    { step: 'sign_off', fate: 'asked_anew', isChanged: false },
  ] as const
  expect(sayMigration('e1', { from: 1, to: 3, steps }, true)).toEqual([
    'Would move e1 from version 1 to version 3:',
    '  stock has settled and stays as it is (changed)',
    '  sign_off is asked anew: its approval is void',
  ])
  expect(sayMigration('e1', { from: 1, to: 3, steps }, false)[0]).toMatch(/^Moving /)
})
