// A retry with a mended definition: what it must be named, and what is said of it.

import type { Workflow } from '../kernel/definition/workflow.ts'
import type { DefinitionFile } from './definition-file.ts'
import { Refusal } from './refusal.ts'

/** A retry goes on with the workflow that it is an execution of. */
export function requireName(file: DefinitionFile, { name: given }: Pick<Workflow, 'name'>, name: string): void {
  if (given === name) return
  const message = `${file.name} defines "${given}", but the execution is of "${name}".`
  throw new Refusal('failed', message, 'Give it that name.')
}

export function sayRetry(id: string, from: readonly string[], version: number | undefined): string {
  const where = from.length === 0 ? 'from where it failed' : `from ${from.join(', ')}`
  return `Retrying ${id} ${where}${version === undefined ? '' : `, with version ${version}`}.`
}
