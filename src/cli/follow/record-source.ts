// Executions as this machine's database has them.

import { type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import { type Execution, findExecution } from '../../record/executions.ts'
import { readJournal } from '../../record/journal.ts'
import { findVersion } from '../../record/workflows.ts'
import type { Office } from '../command-line.ts'
import { Refusal } from '../refusal.ts'
import type { ExecutionSource } from './watch.ts'

export function recordSource({ house, tenant }: Pick<Office, 'house' | 'tenant'>): ExecutionSource {
  const db = house.database.engine
  const known = new Map<string, Execution>()
  const load = async (versionId: string): Promise<Workflow> => {
    const found = await findVersion(db, tenant.id, versionId)
    if (found === undefined) throw new Refusal('internal', `The workflow version ${versionId} is missing.`)
    return workflowSchema.parse(found.definition)
  }
  return {
    find: async (id) => {
      const found = await findExecution(db, tenant.id, id)
      if (found !== undefined) known.set(id, found)
      return found
    },
    journal: (executionId, after) => readJournal(db, { tenantId: tenant.id, executionId }, after),
    workflow: ({ id }) => load(known.get(id)?.versionId ?? ''),
    version: (_, versionId) => load(versionId),
  }
}
