// Files of test cases, and the definitions beside them.

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseWorkflow } from '../../kernel/definition/yaml-source.ts'
import { validateWorkflow } from '../../kernel/definition/validation.ts'
import type { Workflow } from '../../kernel/definition/workflow.ts'
import { isJsonObject } from '../../kernel/json.ts'
import { failed, ok, type Problem, type Result } from '../../kernel/problem.ts'
import { readTestCases } from '../../kernel/testcase/read-test-cases.ts'
import { type CaseResult, runCases } from '../../engine/rehearsal/run-cases.ts'
import type { RehearsalParts } from '../../engine/rehearsal/rehearsal.ts'
import type { RegisteredAction } from '../../packs/kit.ts'
import { type DefinitionFile, readText } from '../definition-file.ts'
import { Refusal } from '../refusal.ts'

const ending = /\.test\.ya?ml$/
const definitionEnding = /(?<!\.test)\.ya?ml$/
const tenant = { id: '00000000-0000-7000-8000-000000000000', slug: 'test', name: 'Test' }

/** The files of test cases that a path means: itself, those beside a definition, or all in a folder and below. Throws `Refusal`. */
export async function findTestFiles(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return [ending.test(path) ? path : path.replace(/(\.ya?ml)?$/, '.test$1')]
  const files = await readdir(path, { recursive: true })
  const found = files.filter((file) => ending.test(file) && !file.split(/[\\/]/).includes('node_modules')).toSorted()
  if (found.length > 0) return found.map((file) => join(path, file))
  throw new Refusal('failed', `There are no test cases in ${path}.`, 'Write them beside a definition: order.test.yaml.')
}

export interface TestParts {
  readonly actions: ReadonlyMap<string, RegisteredAction>
  readonly evaluate: RehearsalParts['evaluate']
}

export interface TestedFile extends DefinitionFile {
  /** Of the cases, or of the definition; nothing was run then. */
  readonly problems: readonly Problem[]
  readonly cases: readonly CaseResult[]
}

/** Runs the cases of a file against the definition beside it. Throws `Refusal` where one of the two cannot be read. */
export async function testFile(path: string, parts: TestParts): Promise<TestedFile> {
  const definition = await readBeside(path)
  const { workflow, problems: wrong } = validateWorkflow(definition.source, { ...parts, secrets: undefined })
  if (workflow === undefined) return { ...definition, problems: wrong, cases: [] }
  const file = { name: path, source: await readText(path) }
  const { cases, problems } = readTestCases(file.source, workflow)
  if (cases === undefined) return { ...file, problems, cases: [] }
  const { actions, evaluate } = parts
  const rehearsal: RehearsalParts = {
    evaluate,
    findAction: (name) => actions.get(name),
    findWorkflow: (name) => findBeside(dirname(path), name, actions),
  }
  return { ...file, problems: [], cases: await runCases(rehearsal, workflow, cases, tenant) }
}

async function readBeside(path: string): Promise<DefinitionFile> {
  const name = path.replace(ending, (text) => text.slice('.test'.length))
  return { name, source: await readText(name) }
}

/** A workflow that another one starts: the definition of its name in the same folder. */
async function findBeside(
  folder: string,
  name: string,
  actions: ReadonlyMap<string, RegisteredAction>,
): Promise<Result<Workflow>> {
  const files = (await readdir(folder)).filter((file) => definitionEnding.test(file))
  // Most are named after their workflow.
  files.sort((a, b) => Number(basename(b).startsWith(name)) - Number(basename(a).startsWith(name)))
  for (const file of files) {
    const source = await readText(join(folder, file))
    const { value } = parseWorkflow(source)
    if (!isJsonObject(value) || value['name'] !== name) continue
    const { workflow, problems } = validateWorkflow(source, { actions, secrets: undefined })
    return workflow === undefined ? failed(...problems) : ok(workflow)
  }
  return failed({ code: 'not_found', message: `There is no workflow "${name}" in ${folder}.` })
}
