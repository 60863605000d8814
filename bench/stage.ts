// A whole house on a fresh embedded database, with its engine running: where the workloads play.

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readConfig } from '../src/config.ts'
import { saveWorkflow } from '../src/engine/triggers/save-workflow.ts'
import type { Engine } from '../src/engine/engine.ts'
import type { Workflow } from '../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { buildEngine, type House, openHouse } from '../src/main.ts'
import { defineAction, definePack } from '../src/packs/kit.ts'
import type { JournalEntry } from '../src/record/journal.ts'
import { insertTenant } from '../src/record/tenants.ts'

/** An action that does nothing, so that what is measured is the engine. */
const noop = defineAction({
  name: 'bench.noop',
  title: 'Nothing',
  description: 'Does nothing.',
  config: z.object({}),
  output: z.null(),
  impact: 'A',
  effect: 'pure',
  run: async () => ({ output: null }),
})

const benchPack = definePack({
  name: 'bench',
  title: 'Bench',
  description: 'Actions of the benchmarks.',
  actions: [noop],
})

export interface Stage {
  readonly house: House
  readonly engine: Engine
  readonly tenantId: string
  save(workflow: Workflow): Promise<void>
  /** Starts the workflow so many times through the public path; resolves when the last one's end is durable, with milliseconds. */
  play(workflow: Workflow, times: number, inputs?: JsonObject): Promise<number>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  // Open to the user that the server runs under when root measures.
  await chmod(dataDir, 0o711)
  const counter = new EndCounter()
  const options = {
    log: () => {},
    packs: [benchPack],
    onDurable: (entries: readonly JournalEntry[]) => counter.count(entries),
  }
  const house = await openHouse(readConfig({ COUNTERSIGN_DATA: dataDir }), options)
  const tenantId = house.newId()
  const packs = ['core', 'bench']
  await insertTenant(house.database.engine, {
    id: tenantId,
    slug: 'bench',
    name: 'Bench',
    packs,
    createdAt: new Date(),
  })
  const engine = buildEngine(house, options)
  await engine.start()
  const start = async (workflow: string, inputs: JsonObject) => {
    const started = await house.starter.start({ tenantId, workflow, inputs, startedBy: 'bench' })
    if (!started.ok) throw new Error(started.problems.map((problem) => problem.message).join(' '))
  }
  return {
    house,
    engine,
    tenantId,
    save: async (workflow) => {
      await saveWorkflow(house, { tenantId, workflow, source: JSON.stringify(workflow), createdBy: 'bench' })
    },
    play: async ({ name }, times, inputs = {}) => {
      const ended = counter.expect(times)
      const before = performance.now()
      await Promise.all(Array.from({ length: times }, () => start(name, inputs)))
      await ended
      return performance.now() - before
    },
    close: async () => {
      await engine.stop()
      await house.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Resolves once so many executions have ended, told by what is durable. */
class EndCounter {
  private left = 0
  private resolve: () => void = () => {}

  expect(ends: number): Promise<void> {
    this.left = ends
    return new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  count(entries: readonly JournalEntry[]): void {
    for (const { event } of entries) if (event.type === 'execution.ended') this.left--
    if (this.left === 0) this.resolve()
  }
}
