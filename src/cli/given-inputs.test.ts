import { expect, test } from 'vitest'
import { parseObject, readInputs } from './given-inputs.ts'
import { Refusal } from './refusal.ts'

const declared = { order_id: { type: 'string' }, amount: { type: 'number' }, tags: { type: 'array' } } as const
const readFile = async (path: string): Promise<string> =>
  path === 'in.json' ? '{"amount": 7, "note": "file"}' : 'nothing'

test('inputs are JSON, a file, or name=value, and later ones win', async () => {
  const given = ['{"amount": 1, "order_id": "A"}', '@in.json', 'order_id=PO=1', 'tags=["x"]']
  expect(await readInputs(given, declared, readFile)).toEqual({
    amount: 7,
    note: 'file',
    order_id: 'PO=1',
    tags: ['x'],
  })
})

test('a declared text stays text; what is not declared is read as JSON where it can be', async () => {
  const given = ['order_id=8841', 'amount=62000', 'flag=true', 'word=hello', 'empty=']
  expect(await readInputs(given, declared, readFile)).toEqual({
    order_id: '8841',
    amount: 62_000,
    flag: true,
    word: 'hello',
    empty: '',
  })
})

test('a value with a key that reaches a prototype stays text, so nothing reads it', async () => {
  expect(await readInputs(['x={"__proto__": {}}'], {}, readFile)).toEqual({ x: '{"__proto__": {}}' })
})

test.each([
  ['order', 'neither JSON'],
  ['=5', 'neither JSON'],
  ['{"a": }', 'is not JSON'],
  ['{"constructor": 1}', 'is refused'],
  ['@other.json', 'is not JSON'],
  ['__proto__=1', 'may not be named'],
])('%s is refused with the reason', async (given, reason) => {
  const refused = readInputs([given], declared, readFile)
  await expect(refused).rejects.toThrow(Refusal)
  await expect(refused).rejects.toThrow(reason)
})

test('a list is no object of inputs', () => {
  expect(() => parseObject('[1]', '--data')).toThrow('--data must be a JSON object')
})
