// What `doctor` looks at in the database: roles, clock, workers, and what waits for them.

import type { House } from '../../main.ts'
import { ping, readBacklog, readServer } from '../../record/diagnosis.ts'
import { countLiveWorkers } from '../../record/workers.ts'
import { sayElapsed } from '../elapsed.ts'
import { type Check, fine, note, wrong } from './check.ts'

export async function checkDatabase(house: House): Promise<Check[]> {
  const { engine, api } = house.database
  const before = house.now()
  const server = await readServer(engine)
  const after = house.now()
  const backlog = await readBacklog(engine, new Date(after))
  const workers = await countLiveWorkers(engine, house.config.leaseMs)
  return [
    fine(
      'database',
      `PostgreSQL ${server.version}, ${house.config.databaseUrl === undefined ? 'embedded' : 'your own'}.`,
    ),
    fine(
      'schema',
      house.migrated.length === 0 ? 'Up to date.' : `Brought up to date just now: ${house.migrated.join(', ')}.`,
    ),
    await checkRole(() => ping(api)),
    judgeClock(server.at - (before + after) / 2),
    judgeWorkers(workers),
    judgeBacklog(backlog.count, backlog.oldestAt === undefined ? 0 : after - backlog.oldestAt, workers),
  ]
}

export async function checkRole(login: () => Promise<void>): Promise<Check> {
  try {
    await login()
    return fine('roles', "The engine's and the API's role can log in.")
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return wrong(
      'roles',
      `The API's role cannot log in: ${reason}.`,
      'Let its role in (pg_hba.conf), with the password that `npx countersign migrate` sets.',
    )
  }
}

/** Leases are measured by the database's clock alone; timers and schedules by that of the machine. */
const mostSkewMs = 2000

export function judgeClock(skewMs: number): Check {
  const size = Math.abs(skewMs)
  if (size <= mostSkewMs) return fine('clock', `Differs from the database's by ${Math.round(size)} ms.`)
  const direction = skewMs > 0 ? 'behind' : 'ahead of'
  return wrong(
    'clock',
    `This machine is ${sayElapsed(size)} ${direction} the database: timers fire at the wrong time.`,
    'Synchronise both clocks (NTP).',
  )
}

export function judgeWorkers(count: number): Check {
  if (count > 0) return fine('workers', count === 1 ? '1 is alive.' : `${count} are alive.`)
  return note(
    'workers',
    'None is alive: executions wait.',
    'Start `npx countersign serve` or `npx countersign worker`.',
  )
}

const longWaitMs = 60_000

export function judgeBacklog(count: number, oldestMs: number, workers: number): Check {
  if (count === 0) return fine('backlog', 'No execution waits for a worker.')
  const said = `${count} wait for a worker, the oldest for ${sayElapsed(oldestMs)}.`
  if (oldestMs < longWaitMs) return fine('backlog', said)
  const remedy =
    workers === 0
      ? 'Start `npx countersign serve` or `npx countersign worker`.'
      : 'Start more workers, or look in their logs for what holds them.'
  return wrong('backlog', said, remedy)
}
