// A worker is killed between the signal that moves an execution and the event that says so: the move is made once.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Step } from '../../src/kernel/definition/workflow.ts'
import type { Database } from '../../src/record/database.ts'
import { readWholeJournals, TestEngine, until } from '../engine/engine.test-kit.ts'
import { createTestTenant, databaseKey, openOwnDatabase } from '../setup/database.ts'

const program = fileURLToPath(new URL('../engine/worker-process.ts', import.meta.url))
const count = 60

let database: Database
/** Starts executions and asks questions; its engine never runs. */
let client: TestEngine
const children = new Set<ChildProcess>()

beforeAll(async () => {
  database = await openOwnDatabase()
  client = new TestEngine(database, await createTestTenant(database))
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await database.close()
})

function bear(name: string): Promise<ChildProcess> {
  const config = { name, address: database.address, key: databaseKey().toString('hex'), leaseMs: 600, effectsUrl: '' }
  const child = fork(program, [JSON.stringify(config)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  children.add(child)
  child.on('exit', () => children.delete(child))
  return new Promise((resolve) => child.once('message', () => resolve(child)))
}

const countOf = async (text: string, values: readonly unknown[]) =>
  Number((await client.rows<{ count: string }>(`select count(*) from ${text}`, values))[0]?.count)

test('every execution is moved once, and asks once for what became void', async () => {
  const gate: Step = { id: 'gate', action: 'approval.request', config: { approvers: { role: 'cfo' } } }
  const first = await bear('first')
  const ids = await client.startMany(
    { name: 'moved', steps: [gate] },
    Array.from({ length: count }, () => ({})),
  )
  const pending = `approvals where execution_id = any($1) and status = 'pending'`
  const parked = `live_executions where id = any($1) and status = 'waiting' and worker_id is null`
  const settled = async () =>
    (await countOf(pending, [ids])) === count && (await countOf(parked, [ids])) === count ? true : undefined
  await until(settled)
  const versionId = await client.save({ name: 'moved', steps: [gate, { id: 'added', action: 'test.noop' }] })
  // It stands still: what is told now is told to nobody.
  first.kill('SIGSTOP')
  for (const id of ids.slice(0, count / 2)) await client.signal(id, 'migrate', { by: 'ana', versionId })
  first.kill('SIGCONT')
  for (const id of ids.slice(count / 2)) await client.signal(id, 'migrate', { by: 'ana', versionId })
  first.kill('SIGKILL')
  await bear('second')
  const moved = `journal where execution_id = any($1) and type = 'execution.migrated'`
  await until(async () => ((await countOf(moved, [ids])) === count ? true : undefined))
  await until(settled)
  const journals = await readWholeJournals(database.engine, ids)
  for (const journal of journals.values()) {
    expect(journal.filter((what) => what.startsWith('execution.migrated'))).toHaveLength(1)
    expect(journal.filter((what) => what === 'step.waiting gate')).toHaveLength(2)
    expect(journal).toContain('step.completed added')
  }
  expect(await countOf(`approvals where execution_id = any($1) and status = 'void'`, [ids])).toBe(count)
  expect(await countOf(`signals where execution_id = any($1)`, [ids])).toBe(0)
})
