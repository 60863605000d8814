// A preview has no effect: shown with every external door nailed shut, and by a transaction that can only read.

import { lookup } from 'node:dns/promises'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { standardTemplates } from '../../src/cli/standard-templates.ts'
import { createExpressionThreads } from '../../src/engine/expressions/expression-threads.ts'
import { type Preview, previewWorkflow } from '../../src/governance/preview.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import type { Result } from '../../src/kernel/problem.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { randomDefinition } from '../engine/random-definition.ts'
import { asOwner, createTestTenant, newId, openOwnDatabase } from '../setup/database.ts'
import { type Nails, nailShut } from './nailed.ts'

const database = await openOwnDatabase(2)
const tenant = await createTestTenant(database, { governed: true })
const expressions = createExpressionThreads({})
const registry = createHouseRegistry()
const actions = registry.actions(['core'])
const parts = { registry, expressions, newId, now: () => Date.UTC(2026, 0, 15, 9) }
const client = await database.api.connect()
let nails: Nails

beforeAll(async () => {
  await client.query('begin read only')
  await client.query(`select set_config('app.tenant', $1, true)`, [tenant.id])
})
afterAll(async () => {
  nails.pull()
  await client.query('rollback')
  client.release()
  await Promise.all([expressions.close(), database.close()])
})

const valid = (source: string): Workflow[] => {
  const { workflow } = validateWorkflow(source, { actions, secrets: undefined })
  return workflow === undefined ? [] : [workflow]
}

/** With inputs that suit them. */
async function templates(): Promise<{ workflow: Workflow; inputs: JsonObject }[]> {
  const seeds = await standardTemplates()
  return seeds.flatMap((seed) =>
    valid(seed.source).map((workflow) => ({ workflow, inputs: { ...seed.default_inputs, ...seed.example_inputs } })),
  )
}

async function examples(): Promise<Workflow[]> {
  const files = (await readdir('examples')).filter((file) => /(?<!\.test)\.yaml$/.test(file))
  const sources = await Promise.all(files.map((file) => readFile(`examples/${file}`, 'utf8')))
  const workflows = sources.flatMap(valid)
  expect(workflows.length).toBe(files.length)
  return workflows
}

function randomOnes(): { workflow: Workflow; inputs: JsonObject }[] {
  const some = fc.sample(randomDefinition, { numRuns: 350, seed: 20_261_121 })
  return some
    .flatMap(({ definition, inputs }) => valid(JSON.stringify(definition)).map((workflow) => ({ workflow, inputs })))
    .slice(0, 200)
}

async function rowCounts(): Promise<object> {
  return asOwner(database.address, async (owner) => {
    const { rows } = await owner.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`,
    )
    const counts: Record<string, string> = {}
    for (const { name } of rows) {
      const found = await owner.query<{ count: string }>(`select count(*) from ${name}`)
      counts[name] = found.rows[0]?.count ?? ''
    }
    return counts
  })
}

const preview = (workflow: Workflow, inputs?: JsonObject): Promise<Result<Preview>> =>
  previewWorkflow(parts, client, operatorOf(tenant.id), workflow, { inputs })

test('previews of every example, every seeded template and two hundred random definitions try no way out and write nothing', async () => {
  const known = await examples()
  const seeded = await templates()
  expect(seeded.length).toBeGreaterThanOrEqual(12)
  const random = randomOnes()
  expect(random.length).toBe(200)
  // Threads read their code when they start, and the pool its connection: both before the doors are shut.
  await preview(known[0] ?? { name: 'none', steps: [] })
  const before = await rowCounts()
  nails = nailShut()
  const previews: Result<Preview>[] = []
  try {
    for (const workflow of known) previews.push(await preview(workflow))
    for (const { workflow, inputs } of [...seeded, ...random]) previews.push(await preview(workflow, inputs))
  } finally {
    nails.pull()
  }
  expect(nails.tried).toEqual([])
  expect(previews.filter(({ ok }) => !ok)).toEqual([])
  expect(await rowCounts()).toEqual(before)
  const steps = previews.flatMap((one) => (one.ok ? one.value.steps : []))
  // They did walk: things would have left, and ways parted.
  expect(steps.filter(({ effects }) => effects.some(({ leaves }) => leaves)).length).toBeGreaterThan(5)
  expect(steps.filter(({ certainty }) => certainty.runs === 'depends').length).toBeGreaterThan(50)
})

test('the nails hold: whoever tries a door is counted', async () => {
  nails = nailShut()
  try {
    expect(() => connect(1)).toThrow('nailed shut')
    await expect(async () => writeFile('/nowhere/at-all', '')).rejects.toThrow('nailed shut')
    await expect(async () => lookup('example.com')).rejects.toThrow('nailed shut')
  } finally {
    nails.pull()
  }
  expect(nails.tried).toEqual(['connect', 'writeFile', 'lookup'])
})

test('the transaction holds: a write fails', async () => {
  await client.query('savepoint here')
  await expect(client.query('delete from approvals where tenant_id = $1', [tenant.id])).rejects.toThrow('read-only')
  await client.query('rollback to savepoint here')
})
