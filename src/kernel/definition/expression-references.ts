// What an expression may name, by the place where it stands: steps that have run, secrets that exist, items where there are some.

import type { Reference } from '../expression/references.ts'
import type { Finding } from './finding.ts'
import type { StepGraph, StepNode } from './step-graph.ts'
import { sayChoices, sayThere, suggest } from './wording.ts'

/** `step`: the step whose upstream an expression may see; absent where every step's result may be used. */
export interface ReferencePlace {
  readonly kind: 'where' | 'key' | 'condition' | 'items' | 'config' | 'item config' | 'compensate' | 'output'
  readonly step?: StepNode
  /** Names that the action itself brings into its expressions. */
  readonly own?: readonly string[]
}

export interface ReferenceWorld {
  readonly graph: StepGraph
  readonly upstream: (step: StepNode) => ReadonlySet<StepNode>
  readonly secrets: ReadonlySet<string> | undefined
}

type Placeless = Omit<Finding, 'pointer'>

/** Which names are there in which place. */
const start = ['trigger', 'vars', 'tenant', 'now']
const running = [...start, 'inputs', 'execution', 'steps']
const rootsAt: Readonly<Record<ReferencePlace['kind'], readonly string[]>> = {
  where: start,
  key: [...start, 'inputs'],
  condition: running,
  items: running,
  config: [...running, 'secrets'],
  'item config': [...running, 'secrets', 'item', 'index'],
  compensate: [...running, 'secrets'],
  output: running,
}

/** Undefined when the reference is fine. Names that exist nowhere are the expression checker's to complain of. */
export function referenceFinding(
  { path, offset }: Reference,
  place: ReferencePlace,
  world: ReferenceWorld,
): Placeless | undefined {
  const [root = '', name] = path
  if (place.own?.includes(root) === true) return undefined
  if (!rootsAt[place.kind].includes(root)) return absentRoot(root, offset, place)
  if (root === 'steps' && name !== undefined) return stepFinding(name, offset, place, world)
  return root === 'secrets' ? secretFinding(name, offset, world.secrets) : undefined
}

function absentRoot(root: string, offset: number, { kind }: ReferencePlace): Placeless | undefined {
  if (root === 'secrets') {
    return {
      code: 'expression_place',
      offset,
      message: `Secrets cannot be used in \`${kind}\`.`,
      hint: 'Use them only inside the `config` of a step.',
    }
  }
  if (root === 'item' || root === 'index') {
    return {
      code: 'expression_reference',
      offset,
      message: `There is no \`${root}\` here.`,
      hint: 'It exists only inside the `config` of a step with `for_each`.',
    }
  }
  // Anything else is unknown everywhere.
  if (!running.includes(root)) return undefined
  const hint = `An execution has not begun yet when \`${kind}\` is evaluated; it may use ${sayChoices(rootsAt[kind], 'and')}.`
  return { code: 'expression_reference', offset, message: `There is no \`${root}\` in \`${kind}\`.`, hint }
}

function stepFinding(
  name: string,
  offset: number,
  { step }: ReferencePlace,
  { graph, upstream }: ReferenceWorld,
): Placeless | undefined {
  const named = graph.byId.get(name)
  const ids = [...graph.byId.keys()].filter((id) => id !== '')
  if (named === undefined) {
    return {
      code: 'unknown_step',
      offset,
      message: `There is no step \`${name}\`.`,
      hint: () => suggest(name, ids, sayThere(ids)),
    }
  }
  if (step === undefined || upstream(step).has(named)) return undefined
  const own = step.step.id
  if (named === step) {
    return {
      code: 'not_upstream',
      offset,
      message: `Step \`${name}\` cannot use its own result.`,
      hint: 'It has none before it has run. Later steps, its `compensate` and `output` can use it.',
    }
  }
  return upstream(named).has(step)
    ? {
        code: 'not_upstream',
        offset,
        message: `Step \`${name}\` runs after \`${own}\`, so its result does not exist yet.`,
        hint: 'Use the result of an earlier step, or turn the order around.',
      }
    : {
        code: 'not_upstream',
        offset,
        message: `Step \`${name}\` does not come before \`${own}\`, so its result may not exist yet.`,
        hint: `Add \`${name}\` to the \`depends_on\` of \`${own}\`.`,
      }
}

function secretFinding(
  name: string | undefined,
  offset: number,
  secrets: ReadonlySet<string> | undefined,
): Placeless | undefined {
  if (name === undefined) {
    return {
      code: 'expression_reference',
      offset,
      message: 'Secrets can only be used one by one.',
      hint: 'Name one: `secrets.NAME`.',
    }
  }
  if (secrets === undefined || secrets.has(name)) return undefined
  return {
    code: 'missing_secret',
    offset,
    message: `There is no secret \`${name}\`.`,
    hint: () => suggest(name, [...secrets], 'Add it to the secrets of this tenant, or correct the name.'),
  }
}
