// What a run has counted, and how it is told.

import type { Plan } from './plan.ts'
import type { Outcome } from './round.ts'

const mostProblems = 20

export class Tally {
  rounds = 0
  violations = 0
  private executions = 0
  private steps = 0
  private readonly faults = new Map<string, number>()

  add({ seed, round }: Plan, { executions, steps, fired, problems }: Outcome, tell: (line: string) => void): void {
    this.rounds++
    this.executions += executions
    this.steps += steps
    for (const fault of fired) this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1)
    this.blame(`seed ${seed}, round ${round}`, problems, tell)
  }

  blame(place: string, problems: readonly string[], tell: (line: string) => void): void {
    this.violations += problems.length
    for (const problem of problems.slice(0, mostProblems)) tell(`${place}: ${problem}`)
    if (problems.length > mostProblems) tell(`${place}: and ${problems.length - mostProblems} more`)
  }

  table(): string[] {
    return [...this.faults]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `${String(count).padStart(5)}  ${name}`)
  }

  summary(): string {
    const faults = [...this.faults.values()].reduce((sum, count) => sum + count, 0)
    return `rounds ${this.rounds}, faults ${faults}, executions ${this.executions}, steps ${this.steps}, violations ${this.violations}`
  }
}
