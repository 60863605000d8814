// What of an execution is assumed: outputs that are samples, and what is computed from them.

import type { CompiledValue } from '../../kernel/expression/compile.ts'

/** Fields of a step's entry in the scope that a real run gives; how it ended is a choice, and known. */
const given: ReadonlySet<string | undefined> = new Set(['output', 'error', undefined])

export class Assumptions {
  private readonly steps = new Set<string>()
  /** Steps whose `for_each` goes over an assumed list. */
  private readonly lists = new Set<string>()
  private readonly inputs: ReadonlySet<string>

  /** `inputs`: those that are samples. */
  constructor(inputs: ReadonlySet<string> = new Set()) {
    this.inputs = inputs
  }

  add(step: string): void {
    this.steps.add(step)
  }

  addList(step: string): void {
    this.lists.add(step)
  }

  has(step: string): boolean {
    return this.steps.has(step)
  }

  /** What the value needs a real run to know: steps by id, and inputs as `inputs.<name>`. `step` is the one that it belongs to. */
  neededBy({ references }: Pick<CompiledValue, 'references'>, step: string | undefined): readonly string[] {
    const needs = references.flatMap(({ path: [root, id, field] }) => {
      if (root === 'item' && step !== undefined && this.lists.has(step)) return [step]
      if (root === 'inputs' || root === 'trigger') return this.neededInputs(id)
      if (root !== 'steps' || !given.has(field)) return []
      if (id === undefined) return [...this.steps]
      return this.steps.has(id) ? [id] : []
    })
    return [...new Set(needs)]
  }

  private neededInputs(name: string | undefined): readonly string[] {
    const names = name === undefined ? [...this.inputs] : [name].filter((one) => this.inputs.has(one))
    return names.map((one) => `inputs.${one}`)
  }
}
