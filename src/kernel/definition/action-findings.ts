// Checks each step's action against the catalog and its config against the action's schema.

import { parseTemplate } from '../expression/template.ts'
import type { ActionCatalog } from './action-shape.ts'
import type { DraftStep } from './draft-workflow.ts'
import type { Finding } from './finding.ts'
import { schemaFindings, valueAt } from './schema-findings.ts'
import type { Issue } from './schema-wording.ts'
import { sayThere, suggest } from './wording.ts'

export function actionFindings(steps: readonly DraftStep[], actions: ActionCatalog): readonly Finding[] {
  return steps.flatMap(({ pointer, action, config, compensate }) => [
    ...usageFindings(action, config, pointer, actions),
    ...(compensate === undefined
      ? []
      : usageFindings(compensate.action, compensate.config, `${pointer}/compensate`, actions)),
  ])
}

function usageFindings(
  name: string,
  config: DraftStep['config'],
  pointer: string,
  actions: ActionCatalog,
): readonly Finding[] {
  const action = actions.get(name)
  if (action !== undefined) {
    if (config === null) return []
    const value = config ?? {}
    const { error } = action.config.safeParse(value)
    const issues = error?.issues.flatMap((issue) => remaining(issue, value)) ?? []
    return schemaFindings(issues, {
      code: 'action_config',
      schema: action.config,
      value,
      pointer: `${pointer}/config`,
      name: `the config of \`${name}\``,
    })
  }
  // The schema complains of a missing action, and an expression in place of one is complained of as such.
  if (name === '' || name.includes('{{')) return []
  const names = [...actions.keys()]
  const hint = (): string => suggest(name, names) ?? sayThere(names) ?? 'No pack with actions is enabled.'
  return [{ code: 'unknown_action', pointer: `${pointer}/action`, message: `Unknown action \`${name}\`.`, hint }]
}

/**
 * The issue, less what an expression excuses: where the config holds an expression, a value will stand that nobody knows yet.
 * A union is excused when one of its alternatives is.
 */
function remaining(issue: Issue, base: unknown): readonly Issue[] {
  const value = valueAt(base, issue.path)
  if (issue.code !== 'invalid_union' || typeof value === 'string') return isExcused(issue, value) ? [] : [issue]
  const errors = issue.errors.map((branch) => branch.flatMap((each) => remaining(each, value)))
  if (errors.some((branch) => branch.length === 0)) return []
  return 'matches' in issue ? [issue] : [{ ...issue, errors }]
}

function isExcused(issue: Issue, value: unknown): boolean {
  if (typeof value !== 'string') return issue.code === 'custom' && holdsExpression(value)
  const { parts, single } = parseTemplate(value)
  if (single !== undefined) return true
  // Text with an expression in it becomes some text: of any form and length, but never a number or a list.
  return parts.some((part) => typeof part !== 'string') && mayBeText(issue)
}

function mayBeText(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return false
  if (issue.code === 'invalid_value') return issue.values.some((choice) => typeof choice === 'string')
  if (issue.code !== 'invalid_union') return true
  return 'options' in issue || issue.errors.some((branch) => branch.every(mayBeText))
}

function holdsExpression(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{{')
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression)
}
