// What a move to another version does to each step, in lines.

import type { StepFate } from '../kernel/plan/migration-plan.ts'
import type { SaidMigration } from './site.ts'

const says: Readonly<Record<StepFate, string>> = {
  stays: 'has settled and stays as it is',
  goes_on: 'goes on waiting',
  asked_anew: 'is asked anew: its approval is void',
  begins_anew: 'begins anew: what it waited for is dropped',
  given_up: 'is given up: the version does not come to it',
  forgotten: 'is no longer part of it',
  ahead: 'is still ahead',
}

export function sayMigration(id: string, { from, to, steps }: SaidMigration, isDryRun: boolean): readonly string[] {
  const what = isDryRun ? 'Would move' : 'Moving'
  const lines = steps.map(({ step, fate, isChanged }) => `  ${step} ${says[fate]}${isChanged ? ' (changed)' : ''}`)
  return [`${what} ${id} from version ${from} to version ${to}:`, ...lines]
}
