// Saves the example workflows in the demo tenant, each once: what somebody has changed stays as it is.

import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { triggersOf, workflowSchema } from '../kernel/definition/workflow.ts'
import { parseWorkflow } from '../kernel/definition/yaml-source.ts'
import { findWorkflow } from '../record/workflows.ts'
import type { Office } from './command-line.ts'
import { type DefinitionFile, readText } from './definition-file.ts'
import { Refusal } from './refusal.ts'
import { activate, saveDefinition } from './workflow-file.ts'

const directory = new URL('../../examples/', import.meta.url)

/** Returns what is worth saying: the addresses of webhooks, which are shown once, and what could not be saved. */
export async function seedExamples(office: Office, from: URL = directory): Promise<string[]> {
  const missing: DefinitionFile[] = []
  for (const name of await exampleFiles(from)) {
    const path = fileURLToPath(new URL(name, from))
    const file = { name: `examples/${name}`, source: await readText(path) }
    if (!(await isSaved(office, file))) missing.push(file)
  }
  // One that starts another can be saved only after it: those that are refused get a second chance.
  const first = await saveAll(office, missing)
  const second = await saveAll(office, first.refused)
  return [
    ...first.said,
    ...second.said,
    ...second.refused.map(({ name }) => `${name} was not saved: npx countersign validate ${name} says why.`),
  ]
}

async function exampleFiles(from: URL): Promise<string[]> {
  const names = await readdir(from).catch(() => [])
  return names.filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml')).toSorted()
}

async function isSaved({ house, tenant }: Office, { source }: DefinitionFile): Promise<boolean> {
  const { value } = parseWorkflow(source)
  const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
  return typeof name === 'string' && (await findWorkflow(house.database.engine, tenant.id, name)) !== undefined
}

async function saveAll(office: Office, files: readonly DefinitionFile[]) {
  const refused: DefinitionFile[] = []
  const said: string[] = []
  for (const file of files) {
    try {
      const { workflow, webhooks, activation } = await saveDefinition(office, file, statusOf(file))
      // What is critical waits for people from the first moment on; once they agree, it runs by its schedule too.
      if (activation.state === 'needed') await activate(office, workflow.name)
      said.push(...webhooks.map((url) => `Webhook of ${workflow.name}, shown only now: ${url}`))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(file)
    }
  }
  return { refused, said }
}

/** Nothing starts by the clock in a demo: its servers may not run, and nobody asked for it. */
function statusOf({ source }: DefinitionFile): 'active' | 'inactive' {
  const parsed = workflowSchema.safeParse(parseWorkflow(source).value)
  const triggers = parsed.success ? triggersOf(parsed.data) : []
  return triggers.some((trigger) => 'schedule' in trigger || 'every' in trigger) ? 'inactive' : 'active'
}
