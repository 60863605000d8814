// The templates that come with the core pack: each file holds what is said of one, and after `---` the workflow itself.

import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { operatorOf } from '../kernel/access/actor.ts'
import { seedTemplate } from '../governance/template-seeds.ts'
import { asTenant } from '../record/database.ts'
import type { Office } from './command-line.ts'

const names = z.array(z.string())
const values = z.record(z.string(), z.json())

const about = z.strictObject({
  title: z.string(),
  description: z.string(),
  category: z.string(),
  tags: names,
  required_fields: names,
  optional_fields: names,
  default_inputs: values.default({}),
  approved_copy_blocks: z.record(z.string(), z.string()).default({}),
  /** Inputs, and answers to forms by step, with which it runs to its end. */
  example_inputs: values,
  example_answers: z.record(z.string(), values).default({}),
})

export interface StandardTemplate extends z.output<typeof about> {
  readonly name: string
  /** YAML. */
  readonly source: string
}

const folder = new URL('../packs/core/templates/', import.meta.url)

/** In the order of their names. */
export async function standardTemplates(): Promise<readonly StandardTemplate[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).toSorted()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, folder), 'utf8')
      const end = text.indexOf('\n---\n')
      const said = about.parse(parse(text.slice(0, end)))
      return { ...said, name: file.slice(0, -'.yaml'.length), source: text.slice(end + '\n---\n'.length) }
    }),
  )
}

/** Creates those that the tenant never had. Returns what is worth saying: what could not be created, and why. */
export async function seedTemplates({ house, tenant }: Office): Promise<string[]> {
  const said: string[] = []
  for (const seed of await standardTemplates()) {
    // Each in a transaction of its own: one that is refused leaves the others.
    const seeded = await asTenant(house.database, tenant.id, (client) =>
      seedTemplate(house, client, operatorOf(tenant.id), seed),
    )
    if (!seeded.ok) said.push(...seeded.problems.map(({ message }) => `A template was not created: ${message}`))
  }
  return said
}
