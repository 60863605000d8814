// What a start has to know of a workflow version, kept by id: versions never change.

import { triggersOf, type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import { type CompiledValue, compileValue } from '../../kernel/expression/compile.ts'
import type { Queryable } from '../../record/database.ts'
import { findVersion } from '../../record/workflows.ts'

export interface StartableVersion {
  readonly workflow: Workflow
  /** Only people start it, so an input that is not declared is a mistake; events bring what they like. */
  readonly isManual: boolean
  readonly concurrency: { readonly limit: number; readonly key: CompiledValue | undefined } | undefined
  /** The conditions of its triggers, by their text. */
  readonly conditions: ReadonlyMap<string, CompiledValue>
}

const kept = 1000

export class StartableVersions {
  private readonly db: Queryable
  private readonly versions = new Map<string, Promise<StartableVersion>>()

  constructor(db: Queryable) {
    this.db = db
  }

  /** Rejects when there is no such version. */
  get(tenantId: string, versionId: string): Promise<StartableVersion> {
    const version = this.versions.get(versionId) ?? this.load(tenantId, versionId)
    this.versions.delete(versionId)
    this.versions.set(versionId, version)
    const [oldest] = this.versions.keys()
    if (this.versions.size > kept && oldest !== undefined) this.versions.delete(oldest)
    version.catch(() => this.versions.delete(versionId))
    return version
  }

  private async load(tenantId: string, versionId: string): Promise<StartableVersion> {
    const found = await findVersion(this.db, tenantId, versionId)
    if (found === undefined) throw new Error(`Workflow version ${versionId} does not exist`)
    return startableVersion(workflowSchema.parse(found.definition))
  }
}

function startableVersion(workflow: Workflow): StartableVersion {
  const triggers = triggersOf(workflow)
  const conditions = triggers.flatMap((trigger) =>
    'where' in trigger && trigger.where !== undefined ? trigger.where : [],
  )
  const { limit, key } = workflow.settings?.concurrency ?? {}
  return {
    workflow,
    isManual: triggers.every((trigger) => 'manual' in trigger),
    concurrency: limit === undefined ? undefined : { limit, key: key === undefined ? undefined : compileValue(key) },
    conditions: new Map(conditions.map((text) => [text, compileValue(text)])),
  }
}
