// The plan of a round: who works, what is started and which fault strikes, all of it from the seed and the round's number.

import type { Arm, Point, When } from './points.ts'
import type { WorkflowName } from './workflows.ts'

/**
 * `zombie`: stopped before it writes, and let go on after the takeover and before its heir has claimed. `long`: stopped
 * while rounds go by. `early`: the connection breaks while the statement is on its way.
 */
export const faults = [
  ...['kill', 'stop', 'zombie', 'long', 'lost answer', 'early break', 'takeover kill', 'takeover stop'],
  ...['takeover lost answer', 'server kill', 'disconnect', 'serialization', 'deadlock', 'clock forward', 'clock back'],
] as const
export type FaultName = (typeof faults)[number]

export interface Fault {
  readonly name: FaultName
  readonly arm: Arm
  /** How far the clock jumps. */
  readonly jumpMs: number
}

export interface Start {
  readonly workflow: WorkflowName
  readonly count: number
}

export interface Plan {
  readonly seed: number
  readonly round: number
  readonly workers: number
  readonly fault: Fault
  /** The first one passes the point of the fault. */
  readonly starts: readonly Start[]
  readonly hasSchedule: boolean
}

type Chance = () => number
type Place = readonly [Point, When]

/** How often each fault comes, out of the sum. */
const weights: Readonly<Record<FaultName, number>> = {
  ...{ kill: 34, stop: 10, zombie: 10, long: 2, 'lost answer': 12, 'early break': 7 },
  ...{ 'takeover kill': 6, 'takeover stop': 2, 'takeover lost answer': 3, 'server kill': 5, disconnect: 7 },
  ...{ serialization: 4, deadlock: 2, 'clock forward': 4, 'clock back': 4 },
}

const writes: readonly Place[] = (['append', 'finish', 'park'] as const).flatMap((point): Place[] => [
  [point, 'before'],
  [point, 'after'],
])
const claims: readonly Place[] = [
  ...[['claim', 'before'] as const, ['claim', 'after'] as const, ['claim limited', 'before'] as const],
  ...[['claim limited', 'middle'] as const, ['claim limited', 'after'] as const],
]
const rest: readonly Place[] = [
  ...[['run', 'before'] as const, ['run', 'after'] as const, ['timer', 'before'] as const, ['timer', 'after'] as const],
]
const takeover: readonly Place[] = [
  ...[['takeover', 'before'] as const, ['takeover', 'middle'] as const, ['takeover', 'after'] as const],
]
const afterwards = (places: readonly Place[]): Place[] => places.filter(([, when]) => when !== 'before')

const places: Readonly<Record<FaultName, readonly Place[]>> = {
  kill: [...writes, ...claims, ...rest],
  stop: [...writes, ...claims.filter(([, when]) => when !== 'middle'), ...rest],
  zombie: [
    ['claim', 'before'],
    ['claim limited', 'before'],
    ['append', 'before'],
  ],
  long: [
    ['append', 'before'],
    ['claim', 'before'],
    ['claim', 'after'],
    ['run', 'after'],
    ['finish', 'before'],
  ],
  'lost answer': [...afterwards([...writes, ...claims]), ['timer', 'after']],
  'early break': [...writes, ...claims].filter(([, when]) => when === 'before'),
  'takeover kill': takeover,
  'takeover stop': takeover,
  'takeover lost answer': afterwards(takeover),
  'server kill': [...writes, ...claims, ...rest],
  disconnect: [...writes, ...claims, ...rest],
  serialization: [['claim', 'before']],
  deadlock: [
    ['finish', 'before'],
    ['park', 'before'],
  ],
  'clock forward': [...writes, ...claims, ...rest],
  'clock back': [...writes, ...claims, ...rest],
}

const deeds: Readonly<Record<FaultName, Arm['deed']>> = {
  ...{ kill: 'kill', stop: 'stop', zombie: 'stop', long: 'stop', 'lost answer': 'lose', 'early break': 'break' },
  ...{ 'takeover kill': 'kill', 'takeover stop': 'stop', 'takeover lost answer': 'lose', 'server kill': 'hold' },
  ...{ disconnect: 'hold', serialization: 'hold', deadlock: 'hold', 'clock forward': 'hold', 'clock back': 'hold' },
}

/** The plan of a round, the same for the same seed and number. `only` keeps to one fault. */
export function planOf(seed: number, round: number, only?: FaultName): Plan {
  const chance = seeded(seed * 1_000_003 + round)
  const name = only ?? (round % zombieEvery === 0 ? 'zombie' : weighted(chance, weights))
  const [point, when] = name === 'zombie' ? zombiePlace(round) : pick(chance, places[name])
  const arm = armOf(chance, name, point, when)
  const needed = workflowFor(chance, arm)
  const others = ordinary.filter((one) => one !== needed && (one !== 'timer' || chance() < 0.2))
  const more = Array.from({ length: whole(chance, 0, 2) }, () => pick(chance, others))
  const counted = [...new Set(more)].map((workflow) => ({ workflow, count: whole(chance, 1, 8) }))
  return {
    ...{ seed, round, workers: workersFor(chance, name) },
    fault: { name, arm, jumpMs: whole(chance, 60_000, 240_000) * (name === 'clock back' ? -1 : 1) },
    starts: [{ workflow: needed, count: whole(chance, 5, 16) }, ...counted],
    hasSchedule: chance() < 0.15,
  }
}

/** Whatever chance brings: within three times as many rounds each statement that a zombie may send has been sent by one. */
const zombieEvery = 20

function zombiePlace(round: number): Place {
  const turn = round % zombieEvery === 0 ? round / zombieEvery : round
  return places.zombie[turn % places.zombie.length] ?? ['claim', 'before']
}

const ordinary: readonly WorkflowName[] = [
  ...(['linear', 'fan-out', 'approval', 'timer', 'event', 'child', 'for-each', 'retry', 'compensation'] as const),
  'limited',
]

function armOf(chance: Chance, name: FaultName, point: Point, when: When): Arm {
  const isWrite = point === 'append' || point === 'finish' || point === 'park'
  const isAlone = (deeds[name] === 'stop' || name === 'deadlock') && isWrite && when === 'before'
  const first = name === 'zombie' || name === 'long' || point === 'takeover'
  const nth = first ? 1 : whole(chance, 1, point === 'run' || point === 'append' ? 4 : 2)
  // One that stands still inside of a transaction keeps its lease for as long as the database lets it: five seconds.
  return { point, when, deed: deeds[name], nth, ...(isAlone && { inTransaction: name === 'stop' && chance() < 0.15 }) }
}

function workflowFor(chance: Chance, { point, inTransaction }: Arm): WorkflowName {
  switch (point) {
    case 'claim limited':
      return 'limited'
    case 'timer':
      return 'timer'
    case 'append':
      return pick(chance, ['linear', 'fan-out', 'for-each'])
    case 'park':
      // Only a timer is parked by a statement alone; with the others go records, in a transaction.
      return inTransaction === false ? 'timer' : pick(chance, ['approval', 'event', 'child'])
    case 'finish':
      // The end of one whose last step is transactional is written in that step's transaction.
      if (inTransaction === true) return pick(chance, ['fan-out', 'for-each', 'retry'])
      if (inTransaction === false) return pick(chance, ['linear', 'approval', 'compensation'])
      return pick(chance, ['linear', 'fan-out', 'approval', 'event', 'for-each', 'retry', 'compensation'])
    case 'claim':
      return pick(
        chance,
        ordinary.filter((name) => name !== 'limited'),
      )
    default:
      return pick(chance, ordinary)
  }
}

function workersFor(chance: Chance, name: FaultName): number {
  if (name === 'zombie') return 2
  const needsOthers = name.startsWith('takeover') || name === 'long' || name === 'serialization'
  return whole(chance, needsOthers ? 2 : 1, 4)
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seeded(start: number): Chance {
  let seed = start | 0
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function pick<T>(chance: Chance, list: readonly T[]): T {
  const one = list[Math.floor(chance() * list.length)]
  if (one === undefined) throw new Error('There is nothing to choose from.')
  return one
}

/** A whole number from `least` to `most`. */
const whole = (chance: Chance, least: number, most: number): number => least + Math.floor(chance() * (most - least + 1))

function weighted(chance: Chance, given: Readonly<Record<FaultName, number>>): FaultName {
  let left = chance() * faults.reduce((sum, name) => sum + given[name], 0)
  return faults.find((name) => (left -= given[name]) < 0) ?? 'kill'
}
