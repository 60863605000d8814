// The gate stands on every path: nothing arrives outside without a grant, with a revoked one, or when a workflow below has changed.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { countersign, revoke } from './gate.test-kit.ts'
import { demoTenant, paths, plain, type Round } from './paths.ts'
import { openPathsHouse } from './paths-house.ts'

const house = await openPathsHouse()
const demo = await demoTenant(house)
const { database } = house.house

/** What has been countersigned when it starts, and whether its effect may arrive. */
const standings = {
  'nothing countersigned': false,
  countersigned: true,
  'countersigned and revoked': false,
  'countersigned before a workflow below it changed': false,
} as const
type Standing = keyof typeof standings

const note = (name: string, message: string): Workflow => ({
  name,
  steps: [{ id: 'say', action: 'log', config: { message } }],
})

async function stand(standing: Standing, round: Round, tenantId: string): Promise<void> {
  if (standing === 'nothing countersigned') return
  const versionId = await countersign(database, tenantId, round.name)
  if (standing === 'countersigned and revoked') await revoke(database, tenantId, versionId, 'No more.')
  if (standing === 'countersigned before a workflow below it changed')
    await house.save(note(round.note, 'changed'), tenantId)
}

const rounds = Object.keys(paths).flatMap((path) =>
  Object.entries(standings).map(([standing, arrives]) => ({ path, standing, arrives })),
)

test.each(rounds)('$path, $standing: arrives $arrives', async ({ path, standing, arrives }) => {
  const given = paths[path]
  if (given === undefined) throw new Error(`No path ${path}`)
  const id = house.house.newId()
  const place = `/${id}`
  const round: Round = { house, name: `effect-${id}`, note: `note-${id}`, url: `${house.url}${place}` }
  const tenantId = given.tenant === 'demo' ? demo : house.tenant.id
  await house.save(note(round.note, 'first'), tenantId)
  await house.save((given.workflow ?? plain)(round), tenantId)
  const prepared = (await given.prepare?.(round)) ?? ''
  if (standing in standings) await stand(standingOf(standing), round, tenantId)
  if (given.above !== undefined) await countersign(database, tenantId, given.above(round))
  await given.start(round, prepared)
  const execution = await house.until(async () => {
    const [latest] = await house.executionsOf(round.name, tenantId)
    // The request of a callback has been made when it waits for the answer.
    const isDone =
      ['completed', 'failed'].includes(latest?.status ?? '') ||
      (latest?.status === 'waiting' && path.includes('callback'))
    const isNew = path !== 'a rerun' || latest?.id !== prepared
    return isDone && isNew && !(await house.isBeingRetried(latest?.id ?? '', path)) ? latest : undefined
  })
  const failures = await house.failuresOf(execution.id, tenantId)
  expect(await house.arrived(place)).toBe(arrives ? 1 : 0)
  expect(failures.includes('not_countersigned')).toBe(!arrives)
})

function standingOf(text: string): Standing {
  for (const standing of ['nothing countersigned', 'countersigned', 'countersigned and revoked'] as const) {
    if (standing === text) return standing
  }
  return 'countersigned before a workflow below it changed'
}

test('every kind of start that the code knows has its path', () => {
  const source = new URL('../../src', import.meta.url).pathname
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.(test|test-kit|generated)\.ts$/.test(file),
  )
  const kinds = new Set(
    files.flatMap((file) =>
      [...readFileSync(join(source, file), 'utf8').matchAll(/startedBy(?: =|:) [`']([a-z]+)[:'`]/g)].map(
        ([, kind]) => kind,
      ),
    ),
  )
  // Those who sign in, and whoever has a key.
  for (const kind of ['member', 'agent']) kinds.add(kind)
  const known = new Set(Object.values(paths).map(({ startedBy }) => startedBy))
  expect([...kinds].filter((kind) => !known.has(kind ?? ''))).toEqual([])
  expect(kinds.size).toBeGreaterThan(5)
})

test('what was started is what the paths say', async () => {
  const { rows } = await database.engine.query<{ kind: string }>(
    `select distinct split_part(started_by, ':', 1) as kind from executions order by 1`,
  )
  const known = new Set(Object.values(paths).map(({ startedBy }) => startedBy))
  expect(rows.map(({ kind }) => kind)).toEqual([...known].toSorted())
})
