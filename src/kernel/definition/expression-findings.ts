// Checks each expression of a definition: its syntax and type, and that what it names exists where it stands.

import { checkTemplate, type CheckedTemplate } from '../expression/check-expression.ts'
import { describeType, dyn, type ScopeTypes } from '../expression/value-type.ts'
import type { Json } from '../json.ts'
import type { DraftStep, DraftWorkflow } from './draft-workflow.ts'
import { referenceFinding, type ReferencePlace, type ReferenceWorld } from './expression-references.ts'
import { pointerTo, type Finding } from './finding.ts'
import { itemScope, scopeOf } from './scope.ts'
import type { StepGraph, StepNode } from './step-graph.ts'
import { upstreamOf } from './step-order.ts'
import type { ValidationContext } from './validation.ts'
import { sayValue } from './wording.ts'

interface Spot {
  readonly pointer: string
  readonly place: ReferencePlace
  readonly scope: ScopeTypes
}

/** A value that may hold expressions, and what it must become. */
interface Site extends Spot {
  readonly value: Json | undefined
  readonly wants?: 'bool' | 'list'
}

export function expressionFindings(
  draft: DraftWorkflow,
  graph: StepGraph,
  context: ValidationContext,
): readonly Finding[] {
  const scope = scopeOf(draft, context.actions)
  const world: ReferenceWorld = { graph, upstream: upstreamOf(), secrets: context.secrets }
  const sites: readonly Site[] = [
    ...draft.triggers.map(
      ({ pointer, where }) =>
        ({ pointer: `${pointer}/where`, value: where, place: { kind: 'where' }, scope, wants: 'bool' }) as const,
    ),
    { pointer: '/settings/concurrency/key', value: draft.settings?.concurrency?.key, place: { kind: 'key' }, scope },
    ...graph.nodes.flatMap((node) => stepSites(node, scope, context)),
    { pointer: '/output', value: draft.output, place: { kind: 'output' }, scope },
  ]
  return sites.flatMap((site) => siteFindings(site, world))
}

function stepSites(node: StepNode, scope: ScopeTypes, { actions }: ValidationContext): readonly Site[] {
  const { step } = node
  const { pointer, condition, for_each, compensate } = step
  const items = for_each?.items
  const configScope = for_each === undefined ? scope : itemScope(scope, items)
  const fields = (
    base: string,
    action: string,
    config: DraftStep['config'],
    from: ScopeTypes,
    place: ReferencePlace,
  ): readonly Site[] =>
    Object.entries(config ?? {}).map(([key, value]) => {
      const own = actions.get(action)?.ownExpressions?.[key] ?? []
      const extended = own.length === 0 ? from : { ...from, ...Object.fromEntries(own.map((root) => [root, dyn])) }
      return { pointer: pointerTo(base, 'config', key), value, place: { ...place, own }, scope: extended }
    })
  return [
    {
      pointer: `${pointer}/condition`,
      value: condition,
      place: { kind: 'condition', step: node },
      scope,
      wants: 'bool',
    },
    { pointer: `${pointer}/for_each/items`, value: items, place: { kind: 'items', step: node }, scope, wants: 'list' },
    ...fields(pointer, step.action, step.config, configScope, {
      kind: for_each === undefined ? 'config' : 'item config',
      step: node,
    }),
    ...(compensate === undefined
      ? []
      : fields(`${pointer}/compensate`, compensate.action, compensate.config, scope, { kind: 'compensate' })),
  ]
}

function siteFindings({ value, wants, ...site }: Site, world: ReferenceWorld): readonly Finding[] {
  if (value === undefined || value === '') return []
  if (wants === undefined || typeof value !== 'string') return valueFindings(value, site, world)
  const checked = checkTemplate(value, site.scope)
  const findings = checkedFindings(checked, site, world)
  return findings.length === 0 ? typeFindings(value, wants, checked, site.pointer) : findings
}

function valueFindings(value: Json, site: Spot, world: ReferenceWorld): readonly Finding[] {
  if (typeof value === 'string')
    return value.includes('{{') ? checkedFindings(checkTemplate(value, site.scope), site, world) : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    valueFindings(child, { ...site, pointer: pointerTo(site.pointer, key) }, world),
  )
}

function checkedFindings(
  { problems, references }: CheckedTemplate,
  { pointer, place }: Spot,
  world: ReferenceWorld,
): readonly Finding[] {
  const found = references
    .map((reference) => referenceFinding(reference, place, world))
    .filter((finding) => finding !== undefined)
  return [...problems, ...found].map((finding) => ({ ...finding, pointer }))
}

const wanted = { bool: '`true` or `false`', list: 'a list' } as const

function typeFindings(
  text: string,
  wants: 'bool' | 'list',
  { type }: CheckedTemplate,
  pointer: string,
): readonly Finding[] {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1)
  const finding = (message: string, hint: string): readonly Finding[] => [
    { code: 'expression_type', pointer, message, hint },
  ]
  if (type === undefined) {
    return text.includes('{{')
      ? finding(
          `\`${name}\` must be one single expression; with anything around it, it becomes text.`,
          'Put everything inside one pair of {{ }}.',
        )
      : finding(
          `\`${name}\` must be an expression in {{ }}, not ${sayValue(text)}.`,
          `Write "{{ ${text} }}" if that is the expression.`,
        )
  }
  if (type.kind === wants || type.kind === 'dyn') return []
  const hint =
    wants === 'bool'
      ? 'Compare the value with something, such as `… == …` or `… > …`.'
      : 'Name a list, or write one: {{ [a, b] }}.'
  return finding(`\`${name}\` must be ${wanted[wants]}, but this expression gives ${describeType(type)}.`, hint)
}
