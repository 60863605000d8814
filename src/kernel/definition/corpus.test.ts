import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { corpusActions, corpusSecrets, corpusWorkflows } from '../../../tests/corpus/catalog.ts'
import { problemKinds } from '../problem.ts'
import { validateWorkflow, type Validation } from './validation.ts'

const corpus = join(import.meta.dirname, '../../../tests/corpus')
const context = { actions: corpusActions, secrets: corpusSecrets, childWorkflows: corpusWorkflows }

/** What a definition must be told ends its file, as comments that are cut off before it is validated. */
const marker = '# Expected\n'

function filesIn(folder: string): readonly (readonly [name: string, text: string])[] {
  return readdirSync(join(corpus, folder)).map((file) => [
    file.replace('.yaml', ''),
    readFileSync(join(corpus, folder, file), 'utf8'),
  ])
}

function written({ problems }: Validation): string {
  return problems
    .map(
      ({ line, column, code, message, hint }) =>
        `# ${line}:${column} ${code} ${message}\n${hint === undefined ? '' : `#   ${hint}\n`}`,
    )
    .join('')
}

describe('a broken definition is told exactly what is wrong, and where', () => {
  test.each(filesIn('broken'))('%s', (_, text) => {
    const [source = '', expected] = text.split(marker)
    expect(written(validateWorkflow(source, context))).toBe(expected)
  })
})

describe('a sound definition passes', () => {
  test.each(filesIn('valid'))('%s', (_, text) => {
    const { workflow, problems } = validateWorkflow(text, context)
    expect(problems).toEqual([])
    expect(workflow?.steps.length).toBeGreaterThan(0)
  })
})

/** Told by those who know a tenant's members. */
const toldElsewhere: ReadonlySet<string> = new Set(['unreachable_quorum'])

test('every code that a definition can get is met in the corpus', () => {
  const told = new Set(
    filesIn('broken').flatMap(([, text]) => [...text.matchAll(/^# \d+:\d+ (\w+) /gm)].map(([, code]) => code)),
  )
  const codes = Object.keys(problemKinds)
  const ofDefinitions = codes.slice(0, codes.indexOf('definition_too_large') + 1)
  expect(ofDefinitions.filter((code) => !told.has(code) && !toldElsewhere.has(code))).toEqual([])
})
