// The reference of actions, made from the registry.

import { stringify } from 'yaml'
import { jsonCopy } from '../../src/kernel/definition/canonical-json.ts'
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { type ActionDescription, createRegistry, describeAction } from '../../src/packs/registry.ts'
import { schemaTable, typeOf } from './schema-rows.ts'

export function actionsReference(): string {
  const registry = createRegistry([corePack])
  return registry
    .packs()
    .map(({ title, name, description, actions }) => {
      const described = actions.map(describeAction)
      const overview = described.map(
        (action) =>
          `| [\`${action.name}\`](#${anchor(action.name)}) | ${action.title} | ${impactOf(action)} | ${action.effect} |`,
      )
      return [
        `## ${title}`,
        `The pack \`${name}\`. ${description}`,
        ['| action | what it does | impact | effect |', '| --- | --- | --- | --- |', ...overview].join('\n'),
        ...described.map(actionSection),
      ].join('\n\n')
    })
    .join('\n\n')
}

function actionSection(action: ActionDescription): string {
  const { name, title, description, effect, outcomes, examples } = action
  const config = plain(action.config)
  const output = plain(action.output)
  const settles =
    outcomes === 'depends on config' ? 'those that its config names' : outcomes.map((one) => `\`${one}\``).join(', ')
  return [
    `### ${name}`,
    `**${title}.** ${description}`,
    `Impact ${impactOf(action)} · effect ${effect} · outcomes ${settles}, \`failed\``,
    schemaTable(config),
    outputOf(output),
    ...examples.map(
      (example) => `${example.title}:\n\n\`\`\`yaml\n${stringify({ action: name, config: example.config })}\`\`\``,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function outputOf(schema: JsonObject): string {
  const table = schemaTable(schema, 'returned')
  if (table !== '') return `Its output:\n\n${table}`
  return schema['type'] === 'object' ? 'Its output is empty.' : `Its output: ${typeOf(schema)}.`
}

function impactOf({ impact }: ActionDescription): string {
  return impact === 'depends on config' ? 'by config' : impact
}

/** GitHub's anchors drop everything but letters, digits, `_` and `-`. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w-]/g, '')
}

function plain(schema: object): JsonObject {
  const copy = jsonCopy(schema)
  return isJsonObject(copy) ? copy : {}
}
