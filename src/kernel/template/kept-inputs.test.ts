import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { keptInputs } from './kept-inputs.ts'

test.each<[string, Json]>([
  ['email', 'whatever'],
  ['customer_name', 'Ana'],
  ['api_key', 'x'],
  ['note', 'write to ana.lima@acme.example'],
  ['note', 'call +43 660 123 45 67 today'],
  ['note', 'call (0660) 123-4567'],
  ['note', 'DE89 3704 0044 0532 0130 00'],
  ['note', 'card 4111 1111 1111 1111'],
  ['note', 4_111_111_111_111_111],
  ['note', 'token [secret API_KEY]'],
  ['people', [{ email: 'x' }]],
  ['people', { list: ['ana@acme.example'] }],
])('the input %s with %j is not copied', (name, value) => {
  expect(keptInputs({ [name]: value }, [])).toEqual({ kept: {}, leftOut: [name] })
})

test.each<[string, Json]>([
  ['order_id', 'PO-1001'],
  ['order_id', '4500012345'],
  ['reference', '4500-0123-4567-8901'],
  ['id', '0199f3a0-0000-7000-8000-000000000001'],
  ['at', '2026-11-21T09:00:00Z'],
  ['amount', 62_000.5],
  ['vendor', 'Acme'],
  ['active', true],
  ['nothing', null],
  ['lines', [{ sku: 'A1', quantity: 3 }]],
])('the input %s with %j is copied', (name, value) => {
  expect(keptInputs({ [name]: value }, [])).toEqual({ kept: { [name]: value }, leftOut: [] })
})

test('what is named is left out, whatever it holds', () => {
  expect(keptInputs({ vendor: 'Acme', amount: 1 }, ['vendor'])).toEqual({ kept: { amount: 1 }, leftOut: ['vendor'] })
})

test('a long text takes no longer than its length', () => {
  const texts = ['a'.repeat(1_000_000), '1'.repeat(1_000_000), 'A1'.repeat(500_000), '0 '.repeat(500_000)]
  for (const text of texts) expect(keptInputs({ text }, []).leftOut.length).toBeLessThan(2)
})
