// The gate stands on every path: nothing arrives outside without a grant, with a revoked one, or when a workflow below has changed.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { findWorkflow } from '../../src/record/workflows.ts'
import { countersign, revoke } from './gate.test-kit.ts'
import { demoTenant, type EffectPath, plain, post, type Round, waiting } from './paths.ts'
import { openPathsHouse } from './paths-house.ts'
import { approvedDraft, paths, sourceOf } from './reviewed-paths.ts'

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

async function stand(standing: Standing, { isReviewed, runs }: EffectPath, round: Round, tenantId: string) {
  const name = runs?.(round) ?? round.name
  if (standing === 'nothing countersigned') {
    if (isReviewed === true) await forgetGrants(tenantId, name)
    return
  }
  if (isReviewed !== true) await countersign(database, tenantId, name)
  if (standing === 'countersigned and revoked') {
    const workflow = await findWorkflow(database.engine, tenantId, name)
    await revoke(database, tenantId, workflow?.versionId ?? '', 'No more.')
  }
  if (standing === 'countersigned before a workflow below it changed')
    await house.save(note(round.note, 'changed'), tenantId)
}

/** As if the decision had not been written down. */
async function forgetGrants(tenantId: string, name: string): Promise<void> {
  const { rowCount } = await database.engine.query(
    `delete from grants where tenant_id = $1 and workflow_id = (select w.id from workflows w where w.tenant_id = $1 and w.name = $2)`,
    [tenantId, name],
  )
  expect(rowCount).toBe(1)
}

const isStanding = (text: string): text is Standing => Object.hasOwn(standings, text)
const few: readonly Standing[] = ['nothing countersigned', 'countersigned']
const rounds = Object.entries(paths).flatMap(([path, { isOld }]) =>
  (isOld === true ? Object.keys(standings).filter(isStanding) : few).map((standing) => ({
    ...{ path, standing, arrives: standings[standing] },
  })),
)

async function newRound(tenantId: string): Promise<Round> {
  const id = house.house.newId()
  const round = { house, name: `effect-${id}`, note: `note-${id}`, url: `${house.url}/${id}` }
  await house.save(note(round.note, 'first'), tenantId)
  return round
}

test.each(rounds)('$path, $standing: arrives $arrives', async ({ path, standing, arrives }) => {
  const given = paths[path]
  if (given === undefined) throw new Error(`No path ${path}`)
  const tenantId = given.tenant === 'demo' ? demo : house.tenant.id
  const round = await newRound(tenantId)
  const name = given.runs?.(round) ?? round.name
  if (given.isUnsaved !== true) await house.save((given.workflow ?? plain)(round), tenantId)
  const prepared = (await given.prepare?.(round)) ?? ''
  await stand(standing, given, round, tenantId)
  if (given.above !== undefined) await countersign(database, tenantId, given.above(round))
  await given.start(round, prepared)
  const execution = await house.until(async () => {
    const [latest] = await house.executionsOf(name, tenantId)
    // The request of a callback has been made when it waits for the answer.
    const isDone =
      ['completed', 'failed'].includes(latest?.status ?? '') ||
      (latest?.status === 'waiting' && path.includes('callback'))
    const isNew = path !== 'a rerun' || latest?.id !== prepared
    return isDone && isNew && !(await house.isBeingRetried(latest?.id ?? '', path)) ? latest : undefined
  })
  const failures = await house.failuresOf(execution.id, tenantId)
  expect(await house.arrived(new URL(round.url).pathname)).toBe(arrives ? 1 : 0)
  expect(failures.includes('not_countersigned')).toBe(!arrives)
})

test('a draft that is not what was approved is not converted, and the difference is said', async () => {
  const round = await newRound(house.tenant.id)
  const convert = (id: string) => house.api.send(house.ben, { method: 'POST', url: `/drafts/${id}/convert` })
  const edited = await approvedDraft(round, sourceOf(round))
  const edit = (payload: object) => house.api.send(house.ben, { method: 'PATCH', url: `/drafts/${edited}`, payload })
  expect((await edit({ purpose: 'Other' })).statusCode).toBe(409)
  await post(round, `/drafts/${edited}/reopen`, {}, house.ben)
  const { headers } = await house.api.send(house.ben, { method: 'GET', url: `/drafts/${edited}` })
  const source = JSON.stringify({ ...waiting(round), title: 'Other' })
  const request = { method: 'PATCH', url: `/drafts/${edited}`, payload: { source } } as const
  const ifMatch = { 'if-match': String(headers['etag']) }
  expect((await house.api.send(house.ben, { ...request, headers: ifMatch })).statusCode).toBe(200)
  expect((await convert(edited)).json().detail).toContain('The draft is editing: it cannot be converted.')
  const below = await approvedDraft(round, sourceOf(round))
  await house.save(note(round.note, 'changed'))
  expect((await convert(below)).json().detail).toContain(
    `The draft is not what was approved. Since then: the workflow "${round.note}" that it starts went from version 1 to version 2.`,
  )
  const replaced = await approvedDraft(round, sourceOf(round))
  await house.save({ ...waiting(round), title: 'Other' })
  expect((await convert(replaced)).json().detail).toContain('The workflow that it replaces is now version 1.')
  expect(await house.executionsOf(round.name)).toEqual([])
})

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
