// What seats promise: a member votes once, a seat is filled once, and whoever has a hand in it fills none.

import { describe, expect, test } from 'vitest'
import { type Body, type CastVote, chooseSeat, excludedSeats, votesOfSeats } from './seats.ts'

const body = (given: Partial<Body> = {}): Body => ({
  seats: ['ana', 'ben'],
  excluded: [],
  handedTo: new Map(),
  standsIn: new Map(),
  ...given,
})
const vote = (memberId: string, onBehalfOf: string | null = null): CastVote => ({
  memberId,
  onBehalfOf,
  vote: 'approve',
})
const choose = (of: Body, memberId: string, votes: readonly CastVote[] = [], wanted?: string) =>
  chooseSeat(of, votes, memberId, wanted)

describe('a member fills', () => {
  test('their own seat, once', () => {
    expect(choose(body(), 'ana')).toEqual({ seat: 'ana' })
    expect(choose(body(), 'ana', [vote('ana')])).toEqual({ why: 'voted' })
    expect(choose(body(), 'cleo')).toEqual({ why: 'not_asked' })
    expect(choose(body(), 'ana', [], 'ben')).toEqual({ why: 'not_asked' })
  })

  test('a seat that was handed to them, which its owner then does not', () => {
    const handed = body({ handedTo: new Map([['ana', 'cleo']]) })
    expect(choose(handed, 'cleo')).toEqual({ seat: 'ana' })
    expect(choose(handed, 'ana')).toEqual({ why: 'handed_over', to: 'cleo' })
    expect(choose(handed, 'cleo', [], 'ben')).toEqual({ why: 'not_asked' })
    expect(choose({ ...handed, seats: ['ben'] }, 'ana')).toEqual({ why: 'not_asked' })
  })

  test('the seat of somebody who is away, which its owner still may', () => {
    const away = body({ standsIn: new Map([['ana', 'cleo']]) })
    expect(choose(away, 'cleo')).toEqual({ seat: 'ana' })
    expect(choose(away, 'ana')).toEqual({ seat: 'ana' })
    expect(choose(away, 'ana', [vote('cleo', 'ana')])).toEqual({ why: 'filled', seat: 'ana', by: 'cleo' })
    expect(choose(away, 'cleo', [vote('ana')])).toEqual({ why: 'filled', seat: 'ana', by: 'ana' })
  })

  test('the seat that they name, or the first of theirs that is free', () => {
    const both = body({ standsIn: new Map([['ana', 'ben']]) })
    expect(choose(both, 'ben')).toEqual({ seat: 'ben' })
    expect(choose(both, 'ben', [], 'ana')).toEqual({ seat: 'ana' })
    const two = body({
      standsIn: new Map([
        ['ana', 'cleo'],
        ['ben', 'cleo'],
      ]),
    })
    expect(choose(two, 'cleo', [vote('ana')])).toEqual({ seat: 'ben' })
  })

  test('none when they have a hand in it, nor for anybody who has', () => {
    const handed = { handedTo: new Map([['ana', 'cleo']]) }
    expect(choose(body({ excluded: ['ana'] }), 'ana')).toEqual({ why: 'excluded', memberId: 'ana' })
    expect(choose(body({ excluded: ['ana'], ...handed }), 'cleo')).toEqual({ why: 'excluded', memberId: 'ana' })
    expect(choose(body({ excluded: ['cleo'], ...handed }), 'cleo')).toEqual({ why: 'excluded', memberId: 'cleo' })
  })
})

test('votes count with the seat, as long as that is asked and nobody with a hand in it cast or holds it', () => {
  const votes = [vote('ana'), vote('cleo', 'ben'), vote('dora')]
  expect(votesOfSeats(body(), votes)).toEqual([
    { memberId: 'ana', vote: 'approve' },
    { memberId: 'ben', vote: 'approve' },
  ])
  expect(votesOfSeats(body({ excluded: ['ana', 'cleo'] }), votes)).toEqual([])
  expect(votesOfSeats(body({ excluded: ['ben'] }), votes)).toEqual([{ memberId: 'ana', vote: 'approve' }])
})

test('of the seats those stay empty whose members have a hand in it', () => {
  expect(excludedSeats(body({ excluded: ['ana', 'zoe'] }))).toBe(1)
})
