import { describe, expect, it } from 'vitest'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { exampleFiles, readExample } from './example-house.ts'

const actions = new Map(corePack.actions.map((action) => [action.name, action]))
const examples = await Promise.all(exampleFiles.map(async (file) => ({ file, source: await readExample(file) })))
const parsed = examples.map(({ source }) => validateWorkflow(source, { actions, secrets: new Set() }))

describe('each example', () => {
  it('is valid, without secrets and with the workflows of the other examples', () => {
    const childWorkflows = new Map(
      parsed.flatMap(({ workflow }) => (workflow === undefined ? [] : [[workflow.name, workflow.inputs] as const])),
    )
    const problems = examples.flatMap(({ file, source }) =>
      validateWorkflow(source, { actions, secrets: new Set(), childWorkflows }).problems.map((problem) => ({
        file,
        ...problem,
      })),
    )
    expect(problems).toEqual([])
  })

  it('is named after its file', () => {
    expect(parsed.map(({ workflow }) => `${workflow?.name}.yaml`)).toEqual(exampleFiles)
  })

  for (const { file, source } of examples) {
    it(`${file} begins with what it shows and how to run it`, () => {
      const comment = /^(?:#.*\n)+/.exec(source)?.[0] ?? ''
      expect(comment).toMatch(/Shows|shows/)
      expect(comment).toContain(`npx countersign run examples/${file}`)
    })
  }
})

it('there are examples of every action of the core pack but those that need a receiver of their own', () => {
  const used = new Set(parsed.flatMap(({ workflow }) => workflow?.steps.map(({ action }) => action) ?? []))
  const unused = [...actions.keys()].filter((name) => !used.has(name))
  expect(unused).toEqual(['webhook.send'])
})
