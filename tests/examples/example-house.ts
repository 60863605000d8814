// A house for the examples: a database of its own, the engine running, and what has happened as soon as it is durable.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { asTenant, type Queryable } from '../../src/record/database.ts'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import type { Json, JsonObject } from '../../src/kernel/json.ts'
import type { Wait, JournalEvent } from '../../src/kernel/plan/journal.ts'
import { pendingApprovals } from '../../src/governance/approvals.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { submitForm } from '../../src/governance/forms.ts'
import { ok, type Result } from '../../src/kernel/problem.ts'
import { buildEngine } from '../../src/main/build-engine.ts'
import { openHouse } from '../../src/main.ts'
import type { DatabaseAddress } from '../../src/record/database.ts'
import { findExecution, listExecutions } from '../../src/record/executions.ts'
import type { JournalEntry } from '../../src/record/journal.ts'
import { insertMember } from '../../src/record/members.ts'
import { createEmptyDatabase, createTestTenant, type TestTenant } from '../setup/database.ts'

const examples = new URL('../../examples/', import.meta.url)

export const exampleFiles: readonly string[] = (await readdir(examples))
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
  .toSorted()

export function readExample(file: string): Promise<string> {
  return readFile(new URL(file, examples), 'utf8')
}

export interface Ending {
  readonly status: string
  readonly output: Json
  /** `stock: completed`, `sign_off: approved`, `undo reserve` …, in the order in which it happened. */
  readonly path: readonly string[]
}

/** Steps may reach this machine. Everything is closed when the test has finished. */
export async function openExampleHouse(environment: Readonly<Record<string, string>> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-examples-'))
  const config = readConfig({
    DATABASE_URL: urlOf(await createEmptyDatabase()),
    COUNTERSIGN_DATA: dataDir,
    COUNTERSIGN_ALLOW_HOSTS: '127.0.0.1',
    ...environment,
  })
  const durable = new Durable()
  const lines: string[] = []
  const options = {
    log: (_level: string, message: string) => void lines.push(message),
    onDurable: (entries: readonly JournalEntry[]) => durable.add(entries),
  }
  const house = await openHouse(config, options)
  const engine = buildEngine(house, options)
  await engine.start()
  onTestFinished(async () => {
    await engine.stop()
    await house.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  const tenant = await createTestTenant(house.database)
  const tenantId = tenant.id
  const bea = { name: 'Bea', email: 'bea@acme.example', role: 'viewer', approverRoles: ['buyer'] } as const
  await insertMember(house.database.engine, { ...bea, tenantId, id: house.newId(), createdAt: new Date() })

  const actor = operatorOf(tenantId)
  const within = <T>(work: (client: Queryable) => Promise<T>) => asTenant(house.database, tenantId, work)

  /** Saves an example as a workflow of the tenant, perhaps with another text. */
  const save = async (name: string, change = (source: string) => source) => {
    const source = change(await readExample(`${name}.yaml`))
    const { workflow, problems } = validateWorkflow(source, {
      actions: house.registry.actions(['core']),
      secrets: new Set(),
    })
    if (workflow === undefined) throw new Error(JSON.stringify(problems))
    return within((client) => saveWorkflow(house, client, actor, { workflow, source }))
  }

  const db = house.database.engine
  return {
    ...{ lines, durable, save },
    start: async (workflow: string, inputs: JsonObject = {}): Promise<string> => {
      return valueOf(await house.starter.start({ tenantId, workflow, inputs, startedBy: 'test' })).executionId
    },
    /** Resolves when the step waits; what it waits for has been written by then. */
    waiting: async (executionId: string, step: string): Promise<Wait> => {
      const event = await durable.event(executionId, (each) => each.type === 'step.waiting' && each.step === step)
      if (event.type !== 'step.waiting') throw new Error(`${event.type} is not what was looked for.`)
      return event.wait
    },
    ended: async (executionId: string): Promise<Ending> => {
      await durable.event(executionId, (event) => event.type === 'execution.ended')
      const execution = await findExecution(db, tenantId, executionId)
      return { status: execution?.status ?? '', output: execution?.output ?? null, path: durable.path(executionId) }
    },
    executionsOf: (workflow: string) => listExecutions(db, tenantId, { workflow, limit: 10, offset: 0 }),
    /** What members were told, by name. */
    notes: async () => {
      const { rows } = await db.query<{ to: string; title: string | null; message: string }>(
        `select m.name as "to", n.title, n.message from notifications n join members m on m.id = n.member_id
          where n.tenant_id = $1 order by m.name, n.id`,
        [tenantId],
      )
      return rows
    },
    decide: async ({ ref = '' }: Wait, who: keyof TestTenant['members'], vote: 'approve' | 'reject') => {
      const memberId = tenant.members[who].id
      valueOf(await within((client) => decideApproval(house, client, actor, { approvalId: ref, memberId, vote })))
    },
    /** What an approval shows to those who decide. */
    asked: async ({ ref = '' }: Wait) => {
      const pending = await pendingApprovals(house, tenantId, { limit: 10, offset: 0 })
      return pending.find(({ id }) => id === ref)
    },
    fill: async ({ ref = '' }: Wait, who: keyof TestTenant['members'], data: JsonObject) => {
      const memberId = tenant.members[who].id
      valueOf(await within((client) => submitForm(house, client, actor, { formId: ref, memberId, data })))
    },
    publish: async (type: string, data: JsonObject) => {
      valueOf(await house.events.receive({ tenantId, type, source: 'test', id: house.newId(), data }))
    },
    /** The execution that a webhook started, if it did. */
    postWebhook: async (token: string, body: JsonObject): Promise<string | undefined> => {
      const fired = valueOf(await house.webhooks.receive(token, { body: posted(body), headers: {} }))
      return fired.outcome === 'started' ? fired.executionId : undefined
    },
    postCallback: async (url: string, data: JsonObject): Promise<void> => {
      valueOf(await house.callbacks.receive(url.slice(url.lastIndexOf('/') + 1), data))
    },
  }
}

const posted = (body: JsonObject) => ({ raw: Buffer.from(JSON.stringify(body)), read: () => ok(body) })

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(JSON.stringify(result.problems))
}

/** Journal events by execution, and whoever waits for one of them. */
class Durable {
  readonly entries: JournalEntry[] = []
  private readonly waiting = new Set<(entry: JournalEntry) => void>()

  add(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.entries.push(entry)
      for (const look of [...this.waiting]) look(entry)
    }
  }

  event(executionId: string, test: (event: JournalEvent) => boolean): Promise<JournalEvent> {
    return this.entry((entry) => entry.executionId === executionId && test(entry.event)).then(({ event }) => event)
  }

  /** The first entry, past or to come, that satisfies the test. */
  entry(test: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
    const found = this.entries.find(test)
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve) => {
      const look = (entry: JournalEntry): void => {
        if (!test(entry)) return
        this.waiting.delete(look)
        resolve(entry)
      }
      this.waiting.add(look)
    })
  }

  path(executionId: string): string[] {
    return this.entries.filter((entry) => entry.executionId === executionId).flatMap(({ event }) => placeOf(event))
  }
}

function placeOf(event: JournalEvent): string[] {
  switch (event.type) {
    case 'step.completed':
    case 'step.failed':
      return [`${event.step}${event.item === undefined ? '' : `[${event.item}]`}: ${event.outcome}`]
    case 'step.skipped':
      return [`${event.step}: skipped`]
    case 'compensation.completed':
      return [`undo ${event.step}`]
    default:
      return []
  }
}

function urlOf({ host, port, user, password = '', database }: DatabaseAddress): string {
  const part = encodeURIComponent
  return `postgres://${part(user)}:${part(password)}@localhost:${port}/${part(database)}?host=${part(host)}`
}
