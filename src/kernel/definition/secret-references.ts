// Which secrets a workflow uses.

import { compileValue } from '../expression/compile.ts'
import type { Workflow } from './workflow.ts'

/** Names in order of first appearance, also in fields whose expressions an action evaluates itself. */
export function secretNamesOf({ steps }: Pick<Workflow, 'steps'>): readonly string[] {
  const configs = steps.flatMap(({ config, compensate }) => [config ?? {}, compensate?.config ?? {}])
  const references = configs.flatMap((config) => compileValue(config, { secrets: true }).references)
  return [
    ...new Set(
      references.flatMap(({ path: [root, name] }) => (root === 'secrets' && name !== undefined ? [name] : [])),
    ),
  ]
}
