// The names of the workflows of executions, remembered while they are talked about.

import type { Queryable } from '../../record/database.ts'
import { readWorkflowNames } from '../../record/feed-context.ts'
import type { ExecutionKey } from '../../record/journal.ts'

const mostNames = 20_000

export class WorkflowNames {
  private readonly names = new Map<string, string>()

  /** By the executions' ids. An execution that is gone by now has none. */
  async of(db: Queryable, keys: readonly ExecutionKey[]): Promise<ReadonlyMap<string, string>> {
    const unknown = new Map(
      keys.filter(({ executionId }) => !this.names.has(executionId)).map((key) => [key.executionId, key]),
    )
    const found = unknown.size === 0 ? new Map<string, string>() : await readWorkflowNames(db, [...unknown.values()])
    for (const { executionId } of keys) {
      const name = found.get(executionId) ?? this.names.get(executionId)
      if (name !== undefined) found.set(executionId, name)
    }
    for (const [id, name] of found) this.names.set(id, name)
    for (const id of this.names.keys()) {
      if (this.names.size <= mostNames) break
      this.names.delete(id)
    }
    return found
  }
}
