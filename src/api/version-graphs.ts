// The graphs of workflow versions, by which journals are folded: kept, since versions never change.

import { workflowSchema } from '../kernel/definition/workflow.ts'
import { buildGraph, type Graph } from '../kernel/plan/graph.ts'
import type { Queryable } from '../record/database.ts'
import { findVersion } from '../record/workflows.ts'

export interface VersionGraph {
  readonly id: string
  readonly version: number
  readonly graph: Graph
}

const kept = 300
const graphs = new Map<string, VersionGraph>()

/** The graph of a version that the tenant has. */
export async function graphOfVersion(db: Queryable, tenantId: string, versionId: string): Promise<VersionGraph> {
  const key = `${tenantId} ${versionId}`
  const known = graphs.get(key)
  if (known !== undefined) return known
  const found = await findVersion(db, tenantId, versionId)
  if (found === undefined) throw new Error(`Workflow version ${versionId} does not exist`)
  const made = { id: versionId, version: found.version, graph: buildGraph(workflowSchema.parse(found.definition)) }
  const [oldest] = graphs.keys()
  if (graphs.size >= kept && oldest !== undefined) graphs.delete(oldest)
  graphs.set(key, made)
  return made
}
