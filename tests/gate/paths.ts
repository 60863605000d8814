// Every way in which an effect of class C can come to leave: how each is set up, and how it is really started.

import { migrateExecution } from '../../src/governance/migration.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { asTenant } from '../../src/record/database.ts'
import { findTenant } from '../../src/record/tenants.ts'
import type { PathsHouse } from './paths-house.ts'

/** What a round of a path is about: names that no other round has, and where its effect would arrive. */
export interface Round {
  readonly house: PathsHouse
  /** The workflow whose step has the effect. */
  readonly name: string
  /** A workflow that it starts besides, so that its closure holds one. */
  readonly note: string
  readonly url: string
}

export interface EffectPath {
  /** The kind of `started_by` that its execution has. */
  readonly startedBy: string
  /** The effect's workflow; the plain one when absent. */
  readonly workflow?: (round: Round) => Workflow
  /** Other workflows, and what comes before the grant. Returns what `start` needs. */
  readonly prepare?: (round: Round) => Promise<string | undefined>
  /** Starts it. The execution of the effect's workflow that is looked at is then the latest. */
  readonly start: (round: Round, prepared: string) => Promise<unknown>
  readonly tenant?: 'demo'
  /** Countersigned besides, always: only the effect's own workflow is in question. */
  readonly above?: (round: Round) => string
  /** What people decided on countersigns it before it waits: nothing else does, and it may be taken away again. */
  readonly isReviewed?: true
  /** The name of the effect's workflow where it is not the round's. */
  readonly runs?: (round: Round) => string
  /** Nothing of that name is saved before. */
  readonly isUnsaved?: true
  /** It stood before it starts, so every standing may have come meanwhile; elsewhere two of them show that the gate is there. */
  readonly isOld?: boolean
}

const effect = ({ url }: Round): Workflow['steps'][number] => ({
  id: 'effect',
  action: 'http.request',
  config: { method: 'POST', url },
})

/** The effect, beside a step that starts the note. */
export const plain = (round: Round): Workflow => ({
  name: round.name,
  steps: [
    effect(round),
    { id: 'note', action: 'workflow.run', depends_on: ['effect'], config: { workflow: round.note, wait: false } },
  ],
})

const withSteps = (round: Round, ...before: Workflow['steps']): Workflow => {
  const { steps, ...rest } = plain(round)
  const last = before.at(-1)
  const [first, ...others] = steps
  if (first === undefined || last === undefined) throw new Error('No steps')
  return { ...rest, steps: [...before, { ...first, depends_on: [last.id] }, ...others] }
}

const flaky = (round: Round): Workflow => withSteps(round, { id: 'flaky', action: 'test.fail_once' })
export const waiting = (round: Round): Workflow =>
  withSteps(round, { id: 'wait', action: 'wait_for_event', config: { event: `go.${round.name}` } })
const failing = (round: Round): Workflow => ({
  name: round.name,
  steps: [
    {
      id: 'do',
      action: 'log',
      config: { message: 'done' },
      compensate: { action: 'http.request', config: { method: 'POST', url: round.url } },
    },
    { id: 'note', action: 'workflow.run', depends_on: ['do'], config: { workflow: round.note, wait: false } },
    { id: 'boom', action: 'test.fail', depends_on: ['note'] },
  ],
})
const asking = (round: Round): Workflow => {
  const { steps, ...rest } = plain(round)
  return {
    ...rest,
    steps: [{ id: 'effect', action: 'callback.wait', config: { request: { url: round.url } } }, ...steps.slice(1)],
  }
}
const triggered =
  (trigger: (round: Round) => NonNullable<Workflow['trigger']>) =>
  (round: Round): Workflow => ({
    ...plain(round),
    trigger: trigger(round),
  })

export async function post({ house }: Round, url: string, payload: JsonObject, as = house.ana): Promise<JsonObject> {
  const response = await house.api.send(as, { method: 'POST', url, payload })
  if (response.statusCode >= 300) throw new Error(`${url} answered ${response.body}`)
  return response.body === '' ? {} : response.json<JsonObject>()
}

const run = (round: Round, name = round.name) => post(round, '/executions', { workflow: name, inputs: {} })

/** Starts it and waits until it has failed; returns its id. */
async function failed(round: Round): Promise<string> {
  await run(round)
  const { house, name } = round
  return house.until(async () => (await house.executionsOf(name)).find(({ status }) => status === 'failed')?.id)
}

async function parked(round: Round): Promise<string> {
  await run(round)
  return parkedAs(round)
}

/** Waits until its latest execution waits. */
export async function parkedAs({ house, name: own }: Round, name = own): Promise<string> {
  return house.until(async () => (await house.executionsOf(name)).find(({ status }) => status === 'waiting')?.id)
}

export const emit = ({ house, name }: Round, type = `go.${name}`) =>
  house.house.events.receive({ tenantId: house.tenant.id, type, source: '/test', id: house.house.newId(), data: {} })

export const plainPaths: Readonly<Record<string, EffectPath>> = {
  'a start over the API': { isOld: true, startedBy: 'member', start: (round) => run(round) },
  'a start by an agent': {
    startedBy: 'agent',
    start: ({ house, name }) =>
      house.house.starter.start({
        tenantId: house.tenant.id,
        workflow: name,
        inputs: {},
        startedBy: `agent:${house.house.newId()}`,
      }),
  },
  'a schedule': {
    startedBy: 'schedule',
    workflow: triggered(() => ({ every: '1h' })),
    start: ({ house }) => house.house.schedules.fireDue(Date.now() + 3_700_000),
  },
  'an event': {
    startedBy: 'event',
    workflow: triggered(({ name }) => ({ event: `go.${name}` })),
    start: (round) => emit(round),
  },
  'a webhook': {
    startedBy: 'webhook',
    prepare: async (round) => {
      // Its token is told when the trigger is made, and never again.
      const saved = await round.house.save({ ...plain(round), trigger: [{ webhook: {} }] })
      return saved.tokens[0]?.token
    },
    start: async ({ house }, token) => {
      const body = { raw: new Uint8Array(), read: () => ({ ok: true, value: {} }) as const }
      const fired = await house.house.webhooks.receive(token, { headers: {}, body })
      if (!fired.ok) throw new Error(JSON.stringify(fired.problems))
    },
  },
  'the end of another workflow': {
    startedBy: 'execution',
    workflow: triggered(({ name }) => ({ workflow: `${name}-first` })),
    prepare: async ({ house, name }) => {
      await house.save({ name: `${name}-first`, steps: [{ id: 'a', action: 'log', config: { message: 'first' } }] })
      return undefined
    },
    start: (round) => run(round, `${round.name}-first`),
  },
  'a child workflow': {
    isOld: true,
    startedBy: 'execution',
    prepare: async ({ house, name }) => {
      const config = { workflow: name, wait: false }
      await house.save({ name: `${name}-parent`, steps: [{ id: 'run', action: 'workflow.run', config }] })
      return undefined
    },
    above: ({ name }) => `${name}-parent`,
    start: (round) => run(round, `${round.name}-parent`),
  },
  'a retry from a step': {
    isOld: true,
    startedBy: 'member',
    workflow: flaky,
    prepare: failed,
    start: (round, id) => post(round, `/executions/${id}/retry`, { steps: ['flaky'] }),
  },
  'a retry with a newer version': {
    isOld: true,
    startedBy: 'member',
    workflow: flaky,
    prepare: async (round) => {
      const id = await failed(round)
      await round.house.save({ ...flaky(round), title: 'Mended' })
      return id
    },
    start: (round, id) => post(round, `/executions/${id}/retry`, { version: 'current' }),
  },
  'a rerun': {
    isOld: true,
    startedBy: 'member',
    prepare: failed,
    start: (round, id) => post(round, `/executions/${id}/rerun`, {}),
  },
  'a compensation': { startedBy: 'member', workflow: failing, start: (round) => run(round) },
  'the request of a callback': { startedBy: 'member', workflow: asking, start: (round) => run(round) },
  'a wait that ends': {
    isOld: true,
    startedBy: 'member',
    workflow: waiting,
    prepare: parked,
    start: (round) => emit(round),
  },
  'a migration of a waiting execution': {
    isOld: true,
    startedBy: 'member',
    workflow: waiting,
    prepare: async (round) => {
      const id = await parked(round)
      await round.house.save({ ...waiting(round), title: 'Mended' })
      return id
    },
    start: async (round, id) => {
      const { house, tenant, ana } = round.house
      const moved = await asTenant(house.database, tenant.id, (client) =>
        migrateExecution(house, client, ana, id, { isDryRun: false }),
      )
      if (!moved.ok) throw new Error(JSON.stringify(moved.problems))
      await round.house.until(async () => {
        const types = await round.house.typesOf(id)
        const [found] = await round.house.executionsOf(round.name)
        return types.includes('execution.migrated') && found?.status === 'waiting' ? true : undefined
      })
      await emit(round)
    },
  },
  'countersign run': {
    startedBy: 'cli',
    tenant: 'demo',
    start: async (round) => {
      const { desk, environment } = round.house
      const file = await desk.file(`${round.name}.yaml`, JSON.stringify(plain(round)))
      await desk.run(['run', file], { environment })
    },
  },
}

/** The tenant that commands work in, made by the first of them. */
export async function demoTenant({ house, desk, environment, govern }: PathsHouse): Promise<string> {
  const listed = await desk.run(['workflows', 'list'], { environment })
  const tenant = await findTenant(house.database.engine, 'demo')
  if (tenant === undefined) throw new Error(JSON.stringify(listed))
  await govern(tenant.id)
  return tenant.id
}
