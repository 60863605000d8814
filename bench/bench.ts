// What a bench is: a name, a line about it, and how it makes its figures.

import type { Figure } from './figures.ts'
import type { BenchServer } from './server.ts'

export interface Run {
  readonly server: BenchServer
  readonly isQuick: boolean
  /** p50 of one insert and its commit on one connection of this server. */
  readonly referenceCommitMs: number
  /** A count or a length of time, made smaller for a trial; whole, at least 1. */
  scaled(full: number): number
}

export interface Bench {
  readonly name: string
  readonly about: string
  measure(run: Run): Promise<readonly Figure[]>
}
