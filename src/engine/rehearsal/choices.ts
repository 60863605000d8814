// The choices of one rehearsal: each place at which it is not known how things go on, and the way that was taken.

import type { Choice, Chosen, RehearsalRequest } from './rehearsal.ts'

export class Choices {
  readonly chosen: Chosen[] = []
  private readonly choose: RehearsalRequest['choose']
  private readonly taken = new Map<string, string>()

  constructor(choose: RehearsalRequest['choose']) {
    this.choose = choose
  }

  /** Whether somebody chooses; else assumed outputs count as real ones. */
  get isAsking(): boolean {
    return this.choose !== undefined
  }

  /**
   * The option that is taken; undefined where nobody chooses, or where there is nothing to choose. A step that comes to the
   * same place again (another attempt, another item) goes the same way: ways are told by step.
   */
  take(choice: Choice): string | undefined {
    const { choose } = this
    const isOpen = choice.options.length > 1 && (choice.about !== 'condition' || choice.needs.length > 0)
    if (choose === undefined || !isOpen) return undefined
    const key = `${choice.about} ${choice.step}`
    const before = this.taken.get(key)
    if (before !== undefined) return before
    const option = choose(choice)
    this.taken.set(key, option)
    this.chosen.push({ ...choice, option })
    return option
  }
}
