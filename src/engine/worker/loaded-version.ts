// A workflow version made ready to run: its graph and its compiled expressions, kept by id.

import { type CompiledValue, compileValue } from '../../kernel/expression/compile.ts'
import { buildGraph, type Graph } from '../../kernel/plan/graph.ts'
import { secretNamesOf } from '../../kernel/definition/secret-references.ts'
import { type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import type { Json } from '../../kernel/json.ts'
import type { Queryable } from '../../record/database.ts'
import { findVersion } from '../../record/workflows.ts'

export interface StepTemplates {
  readonly condition: CompiledValue | undefined
  readonly items: CompiledValue | undefined
  readonly config: CompiledValue
  readonly compensation: CompiledValue | undefined
}

export interface LoadedVersion {
  readonly id: string
  readonly version: number
  readonly workflow: Workflow
  readonly graph: Graph
  readonly templates: readonly StepTemplates[]
  readonly output: CompiledValue | undefined
  /** The names of those it uses. */
  readonly secrets: readonly string[]
}

/** The fields of an action's config that it evaluates itself. */
export type OwnFields = (action: string) => readonly string[]

const kept = 1000

/** Versions never change, so they are loaded once; the least recently used are let go. */
export class LoadedVersions {
  private readonly db: Queryable
  private readonly ownFields: OwnFields
  private readonly versions = new Map<string, Promise<LoadedVersion> | LoadedVersion>()

  constructor(db: Queryable, ownFields: OwnFields) {
    this.db = db
    this.ownFields = ownFields
  }

  /** At once when it is at hand. */
  get(tenantId: string, versionId: string): LoadedVersion | Promise<LoadedVersion> {
    const known = this.versions.get(versionId)
    if (known !== undefined) {
      this.versions.delete(versionId)
      this.versions.set(versionId, known)
      return known
    }
    const loading = this.load(tenantId, versionId)
    this.versions.set(versionId, loading)
    for (const oldest of this.versions.keys()) {
      if (this.versions.size <= kept) break
      this.versions.delete(oldest)
    }
    return loading
  }

  private async load(tenantId: string, versionId: string): Promise<LoadedVersion> {
    try {
      const found = await findVersion(this.db, tenantId, versionId)
      if (found === undefined) throw new Error(`Workflow version ${versionId} does not exist`)
      const loaded = prepareVersion(versionId, found.version, workflowSchema.parse(found.definition), this.ownFields)
      this.versions.set(versionId, loaded)
      return loaded
    } catch (error) {
      this.versions.delete(versionId)
      throw error
    }
  }
}

/** Compiles a definition; nothing of it is executed. */
export function prepareVersion(id: string, version: number, workflow: Workflow, ownFields: OwnFields): LoadedVersion {
  const compiled = (value: Json | undefined) => (value === undefined ? undefined : compileValue(value))
  const config = (value: Json, action: string) => compileValue(value, { secrets: true, verbatim: ownFields(action) })
  return {
    id,
    version,
    workflow,
    graph: buildGraph(workflow),
    templates: workflow.steps.map((step) => ({
      condition: compiled(step.condition),
      items: compiled(step.for_each?.items),
      config: config(step.config ?? {}, step.action),
      compensation:
        step.compensate === undefined ? undefined : config(step.compensate.config ?? {}, step.compensate.action),
    })),
    output: compiled(workflow.output),
    secrets: secretNamesOf(workflow),
  }
}
