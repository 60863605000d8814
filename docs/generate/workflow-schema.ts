// workflow.schema.json: the JSON Schema of definitions with the actions of the packs in this repository, for editors.

import { workflowJsonSchema } from '../../src/kernel/definition/workflow-json-schema.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { createRegistry } from '../../src/packs/registry.ts'

export function workflowSchema(): string {
  const registry = createRegistry([corePack])
  return JSON.stringify(workflowJsonSchema(registry.actions(registry.packs().map(({ name }) => name))), null, 2)
}
