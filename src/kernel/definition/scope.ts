// The types of the names that the expressions of a definition may use.

import { checkTemplate } from '../expression/check-expression.ts'
import { typeOfInput, typeOfJsonSchema, typeOfValue } from '../expression/json-schema-type.ts'
import {
  anyObject,
  closedObject,
  dyn,
  listOf,
  openObject,
  type ScopeTypes,
  type ValueType,
} from '../expression/value-type.ts'
import type { Json } from '../json.ts'
import type { ActionCatalog, ActionShape } from './action-shape.ts'
import { jsonCopy } from './canonical-json.ts'
import type { DraftStep, DraftWorkflow } from './draft-workflow.ts'
import { jsonSchemaOf } from './schema-guide.ts'

const text: ValueType = { kind: 'string' }
const number: ValueType = { kind: 'number' }
const timestamp: ValueType = { kind: 'timestamp' }

/** Where each name may stand is not a matter of types: see `expression-references.ts`. */
export function scopeOf({ inputs, vars, triggers, steps }: DraftWorkflow, actions: ActionCatalog): ScopeTypes {
  const inputTypes = mapFields(inputs, (schema) => (schema === undefined ? dyn : typeOfInput(schema)))
  const isManual = triggers.every((each) =>
    [each.event, each.webhook, each.schedule, each.every, each.workflow].every((kind) => kind === undefined),
  )
  return {
    inputs: closedObject(inputTypes),
    // What events and webhooks bring is known only when they come.
    trigger: isManual ? openObject(inputTypes) : dyn,
    vars: closedObject(mapFields(vars, typeOfValue)),
    // Open: that a step is unknown, or not upstream, is said with more knowledge than the types have.
    steps: openObject(Object.fromEntries(steps.toReversed().map((step) => [step.id, stepType(step, actions)]))),
    secrets: { kind: 'object', fields: {}, rest: text },
    execution: closedObject({ id: text, workflow: text, version: number, started_at: text }),
    tenant: closedObject({ id: text, name: text, slug: text }),
    now: timestamp,
    item: dyn,
    index: number,
  }
}

/** The scope inside the config of a step with `for_each`: `item` is what the list holds. */
export function itemScope(scope: ScopeTypes, items: Json | undefined): ScopeTypes {
  const type = typeof items === 'string' ? checkTemplate(items, scope).type : undefined
  return { ...scope, item: type?.kind === 'list' ? type.of : dyn }
}

function stepType({ action, for_each }: DraftStep, actions: ActionCatalog): ValueType {
  const shape = actions.get(action)
  const single = shape === undefined ? dyn : typeOfOutput(shape)
  const failures = listOf(closedObject({ index: number, error: anyObject }))
  const output =
    for_each === undefined ? single : closedObject({ items: listOf(single), failed: failures, completed: number })
  return closedObject({ output, status: text, outcome: text, error: dyn })
}

function mapFields<T>(fields: Readonly<Record<string, T>>, type: (value: T) => ValueType): Record<string, ValueType> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, type(value)]))
}

const outputTypes = new WeakMap<ActionShape, ValueType>()

/** What an action's output is known to be; kept, since a catalog is asked again with each keystroke in an editor. */
function typeOfOutput(action: ActionShape): ValueType {
  const type = outputTypes.get(action) ?? typeOfJsonSchema(jsonCopy(jsonSchemaOf(action.output, 'output')))
  outputTypes.set(action, type)
  return type
}
