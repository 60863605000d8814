// The reference of a definition's fields, made from its schema.

import { workflowJsonSchema } from '../../src/kernel/definition/workflow-json-schema.ts'
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts'
import { objectAt, schemaTable } from './schema-rows.ts'

export function definitionsReference(): string {
  const schema = objectAt(workflowJsonSchema(), '$defs')
  const triggers = objectAt(schema, 'Trigger')['anyOf']
  const kinds = Array.isArray(triggers) ? triggers.filter((kind) => isJsonObject(kind)) : []
  return [
    '### Workflow',
    schemaTable(objectAt(schema, 'Workflow')),
    '### Steps',
    schemaTable(objectAt(schema, 'Step')),
    '### Triggers',
    'One of these shapes, or a list of them. A definition without a trigger is started by hand.',
    ...kinds.map((kind) => `**${titleOf(kind)}**\n\n${schemaTable(kind)}`),
    '### Inputs',
    schemaTable(objectAt(schema, 'Input')),
  ].join('\n\n')
}

/** The first field is the one that tells the kinds apart. */
function titleOf(kind: JsonObject): string {
  return `\`${Object.keys(objectAt(kind, 'properties'))[0] ?? ''}\``
}
