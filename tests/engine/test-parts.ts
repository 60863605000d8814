// What an engine of a test is put together from; used inside and outside of the test runner.

import { randomUUIDv7 } from 'node:crypto'
import { Gate } from '../../src/engine/gate/gate.ts'
import { Redactor } from '../../src/engine/redaction/redactor.ts'
import type { SecretKeeper } from '../../src/engine/redaction/tenant-secrets.ts'
import type { EngineParts } from '../../src/engine/worker/host.ts'
import { evaluateValue } from '../../src/kernel/expression/evaluate.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { failed } from '../../src/kernel/problem.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { ActionError, type Pack } from '../../src/packs/kit.ts'
import { createRegistry, type Registry } from '../../src/packs/registry.ts'
import type { Database } from '../../src/record/database.ts'
import type { NewExecution } from '../../src/record/executions.ts'
import { membersOfAudience } from '../../src/record/members.ts'
import { TenantCache } from '../../src/record/tenant-cache.ts'
import { testPack } from './test-pack.ts'

export interface PartsSettings {
  readonly packs?: readonly Pack[]
  readonly doors?: Partial<EngineParts['doors']>
  readonly now?: () => number
  readonly log?: EngineParts['log']
  readonly onDurable?: NonNullable<EngineParts['onDurable']>
  /** A keeper of real secrets. */
  readonly keeper?: SecretKeeper
}

export function testRegistry(packs: readonly Pack[] = []): Registry {
  return createRegistry([corePack, testPack, ...packs])
}

export function testParts(database: Database, settings: PartsSettings = {}): EngineParts {
  const { now = Date.now, log = () => {}, onDurable } = settings
  const registry = testRegistry(settings.packs)
  const tenants = new TenantCache(database.engine, now)
  const values = { TOKEN: 'hidden' }
  const noDoor = () => Promise.reject(new ActionError('not_configured', 'This test has no such door.'))
  return {
    now,
    log,
    newId: () => randomUUIDv7(),
    chance: () => 0.5,
    evaluate: evaluateValue,
    doors: { http: noDoor, mail: noDoor, ...settings.doors },
    gate: new Gate({ db: database.engine, now, internalHosts: [] }),
    findAction: (_tenant, name) => registry.find(name),
    ownFields: (name) => Object.keys(registry.find(name)?.ownExpressions ?? {}),
    findTenant: (id) => tenants.get(id),
    secretsOf: async (tenantId, names) =>
      settings.keeper?.secretsOf(tenantId, names) ?? { values, problems: new Map(), redactor: new Redactor(values) },
    forgetSecrets: (tenantId) => settings.keeper?.forget(tenantId),
    recipients: (tenantId, audience) => membersOfAudience(database.engine, tenantId, audience),
    callbackUrl: ({ executionId, step }) => `http://countersign.test/callbacks/${executionId}.${step}`,
    prepareStart: async ({ tenantId, workflow, inputs, parent, startedBy, depth }) => {
      const value = await executionOf(database, tenantId, workflow, inputs, now())
      if (value === undefined)
        return failed({ code: 'unknown_workflow', message: `There is no workflow "${workflow}".` })
      return { ok: true, value: { ...value, ...(parent && { parent }), startedBy, depth } }
    },
    ...(onDurable !== undefined && { onDurable }),
  }
}

/** The row that starts a workflow's current version; undefined when there is none. */
export async function executionOf(
  { engine }: Database,
  tenantId: string,
  name: string,
  inputs: JsonObject,
  now: number,
): Promise<NewExecution | undefined> {
  const { rows } = await engine.query<{ id: string; version_id: string }>(
    `select w.id, v.id as version_id from workflows w join workflow_versions v
      on v.tenant_id = w.tenant_id and v.workflow_id = w.id and v.version = w.current_version
      where w.tenant_id = $1 and w.name = $2`,
    [tenantId, name],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const ids = { tenantId, id: randomUUIDv7(), workflowId: found.id, versionId: found.version_id }
  return { ...ids, inputs, trigger: inputs, startedBy: 'test', createdAt: new Date(now) }
}
