// A real engine on a database of its own, with a pack whose actions a test can steer.

import { createHash } from 'node:crypto'
import { afterAll } from 'vitest'
import { z } from 'zod'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineParts } from '../../src/engine/worker/host.ts'
import { canonicalJson } from '../../src/kernel/definition/canonical-json.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { evaluateValue } from '../../src/kernel/expression/evaluate.ts'
import type { Json, JsonObject } from '../../src/kernel/json.ts'
import type { JournalEvent } from '../../src/kernel/plan/journal.ts'
import { isEnded } from '../../src/kernel/plan/moves.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { ActionError, defineAction, definePack, type Pack } from '../../src/packs/kit.ts'
import { createRegistry } from '../../src/packs/registry.ts'
import { type Database, inTransaction } from '../../src/record/database.ts'
import { type Execution, findExecution, startExecutions } from '../../src/record/executions.ts'
import { type JournalEntry, readJournal } from '../../src/record/journal.ts'
import { membersOfAudience } from '../../src/record/members.ts'
import { sendSignals, type SignalKind } from '../../src/record/signals.ts'
import { TenantCache } from '../../src/record/tenant-cache.ts'
import { insertVersion } from '../../src/record/workflows.ts'
import { createTestTenant, newId, openOwnDatabase, type TestTenant } from '../setup/database.ts'

export interface EngineSettings {
  readonly packs?: readonly Pack[]
  readonly leaseMs?: number
  readonly capacity?: number
  readonly maxPayload?: number
  readonly doors?: Partial<EngineParts['doors']>
}

type Waiter = { readonly executionId: string; test(event: JournalEvent): boolean; resolve(event: JournalEvent): void }

export class TestEngine {
  readonly database: Database
  readonly tenant: TestTenant
  readonly engine: Engine
  readonly logs: { level: string; message: string; detail: JsonObject }[] = []
  private readonly waiters = new Set<Waiter>()

  constructor(database: Database, tenant: TestTenant, settings: EngineSettings) {
    this.database = database
    this.tenant = tenant
    const registry = createRegistry([corePack, testPack, ...(settings.packs ?? [])])
    const tenants = new TenantCache(database.engine, Date.now)
    const noDoor = () => Promise.reject(new ActionError('not_configured', 'This test has no such door.'))
    const parts: EngineParts = {
      now: Date.now,
      newId,
      chance: () => 0.5,
      evaluate: evaluateValue,
      doors: { http: noDoor, mail: noDoor, ...settings.doors },
      findAction: (_tenant, name) => registry.find(name),
      findTenant: (id) => tenants.get(id),
      secretsOf: () => ({ TOKEN: 'hidden' }),
      recipients: (tenantId, audience) => membersOfAudience(database.engine, tenantId, audience),
      callbackUrl: ({ executionId, step }) => `http://countersign.test/callbacks/${executionId}.${step}`,
      prepareStart: async (request) => ({
        ok: true,
        value: { ...(await this.row(request.workflow, request.inputs)), ...(request.parent && { parent: request.parent }), startedBy: request.startedBy, depth: request.depth },
      }),
      log: (level, message, detail) => this.logs.push({ level, message, detail }),
      onDurable: (entries) => this.hear(entries),
    }
    const { leaseMs = 6000, capacity = 1000, maxPayload = 1_000_000 } = settings
    const keeping = { fireDueSchedules: async () => undefined, startChained: async () => 0 }
    this.engine = new Engine(database, parts, keeping, { name: 'test', leaseMs, pollMs: 200, capacity, maxPayload, drainMs: 5000 })
  }

  /** Saves a definition and starts an execution of it; returns its id. */
  async start(workflow: Workflow, inputs: JsonObject = {}): Promise<string> {
    await this.save(workflow)
    const row = await this.row(workflow.name, inputs)
    await startExecutions(this.database.engine, [row])
    this.engine.worker.wake()
    return row.id
  }

  async save(workflow: Workflow) {
    const source = canonicalJson(workflow)
    const contentHash = createHash('sha256').update(source).digest('hex')
    return inTransaction(this.database.engine, (client) =>
      insertVersion(client, {
        tenantId: this.tenant.id,
        workflowId: newId(),
        versionId: newId(),
        status: 'active',
        definition: workflow,
        source,
        contentHash,
        createdBy: 'test',
        createdAt: new Date(),
      }),
    )
  }

  /** Starts it and waits for its end. */
  async run(workflow: Workflow, inputs: JsonObject = {}): Promise<{ execution: Execution; events: JournalEvent[] }> {
    const id = await this.start(workflow, inputs)
    return this.ended(id)
  }

  async ended(id: string): Promise<{ execution: Execution; events: JournalEvent[] }> {
    await this.seen(id, (event) => event.type === 'execution.ended')
    const execution = await this.execution(id)
    return { execution, events: await this.events(id) }
  }

  /** Resolves with the first event that passes the test, past or to come. */
  async seen(executionId: string, test: (event: JournalEvent) => boolean): Promise<JournalEvent> {
    const coming = new Promise<JournalEvent>((resolve) => this.waiters.add({ executionId, test, resolve }))
    const past = (await this.events(executionId)).findLast(test)
    return past ?? coming
  }

  async execution(id: string): Promise<Execution> {
    const found = await findExecution(this.database.engine, this.tenant.id, id)
    if (found === undefined) throw new Error(`No execution ${id}`)
    return found
  }

  /** Waits until the row says that it rests: it has ended, or nobody owns it and nothing makes it runnable yet. */
  async atRest(id: string): Promise<Execution> {
    for (;;) {
      const execution = await this.execution(id)
      if (isEnded(execution.status) || (execution.workerId === null && execution.status !== 'queued')) return execution
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async events(id: string): Promise<JournalEvent[]> {
    const entries = await readJournal(this.database.engine, { tenantId: this.tenant.id, executionId: id })
    return entries.map((entry) => entry.event)
  }

  async signal(executionId: string, kind: SignalKind, data: Json, step?: string, item?: number): Promise<boolean> {
    const id = newId()
    const place = { ...(step !== undefined && { step }), ...(item !== undefined && { item }) }
    const signal = { tenantId: this.tenant.id, executionId, id, kind, data, createdAt: new Date(), ...place }
    return (await sendSignals(this.database.engine, [signal])).has(id)
  }

  private async row(name: string, inputs: JsonObject) {
    const { rows } = await this.database.engine.query<{ id: string; version_id: string }>(
      `select w.id, v.id as version_id from workflows w join workflow_versions v
        on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.version = w.current_version
        where w.tenant_id = $1 and w.name = $2`,
      [this.tenant.id, name],
    )
    const [found] = rows
    if (found === undefined) throw new Error(`No workflow ${name}`)
    return {
      tenantId: this.tenant.id,
      id: newId(),
      workflowId: found.id,
      versionId: found.version_id,
      inputs,
      trigger: inputs,
      startedBy: 'test',
      createdAt: new Date(),
    }
  }

  private hear(entries: readonly JournalEntry[]): void {
    for (const { executionId, event } of entries) {
      for (const waiter of this.waiters) {
        if (waiter.executionId !== executionId || !waiter.test(event)) continue
        this.waiters.delete(waiter)
        waiter.resolve(event)
      }
    }
  }
}

/** An engine on a database of its own, stopped after the file's last test. */
export async function startTestEngine(settings: EngineSettings = {}): Promise<TestEngine> {
  const database = await openOwnDatabase()
  const engine = new TestEngine(database, await createTestTenant(database), settings)
  await engine.engine.start()
  afterAll(async () => {
    await engine.engine.stop()
    await database.close()
  })
  return engine
}

/** How often each key was tried by `test.flaky`, and what `test.record` was called with, in order. */
export const tries = new Map<string, number>()
export const recorded: { step: string; key: string; item: number | undefined; value: Json }[] = []

const anything = z.json()

export const testPack = definePack({
  name: 'test',
  title: 'Test',
  description: 'Actions for tests of the engine.',
  actions: [
    defineAction({
      name: 'test.noop',
      title: 'Nothing',
      description: 'Does nothing.',
      config: z.object({}),
      output: z.null(),
      impact: 'A',
      effect: 'pure',
      run: async () => ({ output: null }),
    }),
    defineAction({
      name: 'test.record',
      title: 'Record',
      description: 'Remembers that it was called and returns its value.',
      config: z.object({ value: anything.optional(), outcome: z.string().optional() }),
      output: anything,
      impact: 'A',
      effect: 'external',
      outcomes: ['completed', 'approved', 'rejected', 'expired', 'other'],
      run: async ({ step, item, idempotencyKey, config }) => {
        const value = config.value ?? null
        recorded.push({ step, key: idempotencyKey, item, value })
        return { output: value, outcome: config.outcome ?? 'completed' }
      },
    }),
    defineAction({
      name: 'test.flaky',
      title: 'Flaky',
      description: 'Fails the first times, then succeeds.',
      config: z.object({ key: z.string(), failures: z.number(), retry: z.boolean().default(true) }),
      output: z.object({ tries: z.number() }),
      impact: 'A',
      effect: 'external',
      run: async ({ config }) => {
        const count = (tries.get(config.key) ?? 0) + 1
        tries.set(config.key, count)
        if (count <= config.failures) throw new ActionError('http_failed', `Failure ${count}.`, { retry: config.retry })
        return { output: { tries: count } }
      },
    }),
    defineAction({
      name: 'test.misbehave',
      title: 'Misbehave',
      description: 'Does what no action should.',
      config: z.object({ how: z.enum(['garbage', 'never', 'string', 'null', 'huge', 'nul', 'deaf']) }),
      output: z.object({ fine: z.boolean() }),
      impact: 'A',
      effect: 'external',
      run: ({ config, signal }) => misbehave(config.how, signal),
    }),
  ],
})

async function misbehave(how: 'garbage' | 'never' | 'string' | 'null' | 'huge' | 'nul' | 'deaf', signal: AbortSignal): Promise<never> {
  switch (how) {
    case 'garbage':
      return garbage({ output: () => 1 })
    case 'huge':
      return garbage({ output: { fine: true, text: 'x'.repeat(2_000_000) } })
    case 'nul':
      throw new Error('a \0 in the message')
    case 'string':
      return Promise.reject(garbage('a plain string'))
    case 'null':
      return Promise.reject(garbage(null))
    case 'deaf':
      return new Promise(() => {})
    case 'never':
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
  }
}

/** Passes a value off as something that it is not, as untyped code would. */
function garbage(value: unknown): never {
  // What this action is for: to break its promise.
  return value as never
}
