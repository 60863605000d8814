import { expect, test } from 'vitest'
import type { Standing } from '../../record/sessions.ts'
import { StandingCache } from './standing-cache.ts'

const standing: Standing = {
  id: 's1',
  userId: 'u1',
  tenantId: 't1',
  memberId: 'm1',
  agentId: null,
  name: 'Ana',
  email: null,
  role: 'owner',
  scopes: null,
  expiresAt: null,
  revokedAt: null,
}

function open() {
  let ms = 0
  const cache = new StandingCache(() => ms)
  return { cache, pass: (by: number) => void (ms += by) }
}

test('a standing is remembered for five seconds', () => {
  const { cache, pass } = open()
  cache.put('h', 'session', standing)
  pass(4999)
  expect(cache.get('h')).toBe(standing)
  pass(1)
  expect(cache.get('h')).toBeUndefined()
})

test.each(['session:s1', 'user:u1', 'member:m1'])(
  'it is forgotten when %s changes, and not remembered for a while',
  (subject) => {
    const { cache, pass } = open()
    cache.put('h', 'session', standing)
    cache.forget(subject)
    expect(cache.get('h')).toBeUndefined()
    // What was read before the change has committed must not come back.
    cache.put('h', 'session', standing)
    expect(cache.get('h')).toBeUndefined()
    pass(30_000)
    cache.put('h', 'session', standing)
    expect(cache.get('h')).toBe(standing)
  },
)

test('what concerns somebody else, or a key of the same id, stays', () => {
  const { cache } = open()
  cache.put('h', 'session', standing)
  for (const subject of ['key:s1', 'user:u2', 'agent:m1']) cache.forget(subject)
  expect(cache.get('h')).toBe(standing)
  cache.clear()
  expect(cache.get('h')).toBeUndefined()
})

test('it has a bound: the oldest go first', () => {
  const { cache } = open()
  for (let index = 0; index < 10_001; index++) cache.put(`h${index}`, 'key', { ...standing, agentId: 'a1' })
  expect(cache.get('h0')).toBeUndefined()
  expect(cache.get('h1')).toBeDefined()
})
