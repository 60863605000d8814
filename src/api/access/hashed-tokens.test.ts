import { createHash } from 'node:crypto'
import type { DBAdapter } from 'better-auth/adapters'
import { expect, test } from 'vitest'
import { hashTokens } from './hashed-tokens.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

/** Says what it was asked. */
function open() {
  const asked: { name: string; given: unknown }[] = []
  const answer = (name: string) => async (given: object) => {
    asked.push({ name, given: structuredClone(given) })
    return name.startsWith('find') || name === 'update' || name === 'create' ? { token: 'as stored' } : 1
  }
  const names = ['create', 'findOne', 'findMany', 'count', 'update', 'updateMany', 'delete', 'deleteMany', 'consumeOne']
  const inner: DBAdapter = Object.assign(
    Object.create(null),
    Object.fromEntries(names.map((name) => [name, answer(name)])),
  )
  inner.transaction = (work) => work(inner)
  return { adapter: hashTokens(inner), asked }
}

const where = [{ field: 'token', value: 'plain' }]
const hashed = [{ field: 'token', value: hash('plain') }]

test('whatever is done with a session names it by the hash of its token', async () => {
  const { adapter, asked } = open()
  const model = 'session'
  await adapter.findOne({ model, where })
  await adapter.findMany({ model, where })
  await adapter.count({ model, where })
  await adapter.update({ model, where, update: { token: 'next' } })
  await adapter.updateMany({ model, where, update: {} })
  await adapter.delete({ model, where })
  await adapter.deleteMany({ model, where: [{ field: 'token', operator: 'in', value: ['a', 'b'] }] })
  await adapter.consumeOne({ model, where })
  await adapter.findMany({ model })
  await adapter.count({ model })
  const all = [{ field: 'token', operator: 'in', value: [hash('a'), hash('b')] }]
  const wheres = asked.map(({ given }) => given).map((given) => Object.assign({ where: null }, given).where)
  expect(wheres).toEqual([hashed, hashed, hashed, hashed, hashed, hashed, all, hashed, [], []])
  expect(asked[3]?.given).toMatchObject({ update: { token: hash('next') } })
})

test('better-auth gets the plain token back', async () => {
  const { adapter, asked } = open()
  expect(await adapter.create({ model: 'session', data: { token: 'plain' } })).toEqual({ token: 'plain' })
  expect(await adapter.findOne({ model: 'session', where })).toEqual({ token: 'plain' })
  expect(await adapter.update({ model: 'session', where, update: {} })).toEqual({ token: 'plain' })
  expect(asked[0]?.given).toMatchObject({ data: { token: hash('plain') } })
})

test('inside a transaction as well', async () => {
  const { adapter, asked } = open()
  await adapter.transaction((within) => within.create({ model: 'session', data: { token: 'plain' } }))
  expect(asked[0]?.given).toMatchObject({ data: { token: hash('plain') } })
})

test('tokens of providers are not written; other tables are left alone', async () => {
  const { adapter, asked } = open()
  await adapter.create({ model: 'account', data: { accessToken: 'a', refreshToken: 'r', idToken: 'i', userId: 'u' } })
  await adapter.update({ model: 'account', where: [], update: { idToken: 'i' } })
  await adapter.findOne({ model: 'verification', where })
  const none = { accessToken: null, refreshToken: null, idToken: null }
  expect(asked.map(({ given }) => given)).toMatchObject([
    { data: { ...none, userId: 'u' } },
    { update: none },
    { where },
  ])
})
