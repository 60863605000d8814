// A whole house with a governed tenant, its API, and somebody outside in a process of their own.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterAll } from 'vitest'
import { z } from 'zod'
import { openDesk } from '../../src/cli/cli.test-kit.ts'
import { readConfig } from '../../src/config.ts'
import { routes } from '../../src/api/routes.ts'
import { saveWorkflow } from '../../src/engine/triggers/save-workflow.ts'
import { systemOf } from '../../src/kernel/access/actor.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import { defaultGovernance } from '../../src/kernel/policy/governance-policy.ts'
import { buildEngine } from '../../src/main/build-engine.ts'
import { openHouse } from '../../src/main.ts'
import { insertCouncil } from '../../src/record/councils.ts'
import { asTenant } from '../../src/record/database.ts'
import { readJournal } from '../../src/record/journal.ts'
import { setPacks } from '../../src/record/tenant-packs.ts'
import { memberPrincipal, openTestApi } from '../api/api.test-kit.ts'
import { until } from '../engine/engine.test-kit.ts'
import { createTestTenant, setGovernance } from '../setup/database.ts'
import { gatePack } from './gate-pack.ts'

export type PathsHouse = Awaited<ReturnType<typeof openPathsHouse>>

export async function openPathsHouse() {
  const outside = fork(new URL('outside-process.ts', import.meta.url), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [line] = outside.stdout === null ? [''] : await once(outside.stdout, 'data')
  const url = `http://127.0.0.1:${String(line).trim()}`
  const desk = await openDesk()
  // The guard lets calls reach this machine, which makes it internal: so the tenants raise what calls to class C.
  const environment = { ...desk.environment, COUNTERSIGN_ALLOW_HOSTS: '127.0.0.1' }
  const options = { log: () => {}, packs: [gatePack] }
  const house = await openHouse(readConfig(environment), options)
  const tenant = await createTestTenant(house.database, { governed: true })
  await govern(tenant.id)
  const { ana, cleo } = tenant.members
  const seats = { memberIds: [ana.id, cleo.id], threshold: 'unanimous', domain: 'none' } as const
  await asTenant(house.database, tenant.id, (client) =>
    insertCouncil(client, {
      ...{ tenantId: tenant.id, id: house.newId(), createdAt: new Date() },
      ...{ name: 'gatekeepers', title: 'Gatekeepers', ...seats },
    }),
  )
  await setPacks(house.database.engine, tenant.id, ['core', 'gate'])
  const engine = buildEngine(house, options)
  await engine.start()
  const { database, starter, registry } = house
  const api = await openTestApi(routes, { database, starter, registry, events: house.events })
  afterAll(async () => {
    await engine.stop()
    await house.close()
    outside.disconnect()
  })

  function govern(tenantId: string) {
    const raised = { 'http.request': 'C', 'callback.wait': 'C' } as const
    return setGovernance(house.database, tenantId, { ...defaultGovernance, raised })
  }

  const db = house.database.engine
  return {
    ...{ house, tenant, api, desk, environment, url, govern },
    ana: memberPrincipal(tenant),
    ben: memberPrincipal(tenant, 'ben'),
    cleo: memberPrincipal(tenant, 'cleo'),
    /** Active, whatever its class: only the gate stands between it and the outside. */
    save: (workflow: Workflow, tenantId = tenant.id) =>
      asTenant(house.database, tenantId, (client) =>
        saveWorkflow(house, client, systemOf(tenantId), { workflow, source: JSON.stringify(workflow) }),
      ),
    arrived: async (path: string): Promise<number> => {
      const counts = z.record(z.string(), z.number()).parse(await (await fetch(`${url}/counts`)).json())
      return counts[path] ?? 0
    },
    /** The executions of a workflow, the latest first. */
    executionsOf: async (name: string, tenantId = tenant.id) =>
      (
        await db.query<{ id: string; status: string }>(
          `select e.id, e.status from execution_states e join workflows w on w.tenant_id = e.tenant_id and w.id = e.workflow_id
            where e.tenant_id = $1 and w.name = $2 order by e.id desc`,
          [tenantId, name],
        )
      ).rows,
    /** The codes of what failed in an execution since it was last retried. */
    failuresOf: async (executionId: string, tenantId = tenant.id): Promise<string[]> => {
      const events = (await readJournal(db, { tenantId, executionId })).map(({ event }) => event)
      const since = events.slice(events.findLastIndex(({ type }) => type === 'execution.retried') + 1)
      return since.flatMap((event) => ('failure' in event && event.failure !== undefined ? event.failure.code : []))
    },
    /** The types of its events. */
    typesOf: async (executionId: string) =>
      (await readJournal(db, { tenantId: tenant.id, executionId })).map(({ event }) => event.type),
    /** Whether a retry that was asked for has not ended yet. */
    isBeingRetried: async (executionId: string, path: string): Promise<boolean> => {
      if (!path.startsWith('a retry')) return false
      const types = (await readJournal(db, { tenantId: tenant.id, executionId })).map(({ event }) => event.type)
      return types.filter((type) => type === 'execution.ended').length < 2
    },
    until,
  }
}
