// Writes everything in docs/ that programs write: `node docs/generate/all.ts`. With --check it compares and fails instead.

import { actionsReference } from './actions.ts'
import { clientTypes } from './client.ts'
import { definitionsReference } from './definitions.ts'
import { expressionsReference } from './expressions.ts'
import { type GeneratedPage, partOf, readPage, writePage } from './page.ts'
import { permissionsReference } from './permissions.ts'
import { problemsReference } from './problems.ts'
import { testCasesJsonSchema } from '../../src/kernel/testcase/test-case.ts'
import { workflowSchema } from './workflow-schema.ts'

export const generatedPages: readonly GeneratedPage[] = [
  partOf('docs/definitions.md', 'fields', definitionsReference),
  partOf('docs/actions.md', 'actions', actionsReference),
  partOf('docs/expressions.md', 'functions', expressionsReference),
  partOf('docs/problems.md', 'codes', problemsReference),
  partOf('docs/people.md', 'permissions', permissionsReference),
  { file: 'workflow.schema.json', make: workflowSchema },
  { file: 'workflow-tests.schema.json', make: () => JSON.stringify(testCasesJsonSchema(), null, 2) },
  { file: 'src/client/api.generated.ts', make: clientTypes },
]

async function run(isCheck: boolean): Promise<void> {
  for (const page of generatedPages) {
    const { current, wanted } = await readPage(page)
    if (current === wanted) continue
    if (isCheck) process.exitCode = 1
    else await writePage(page.file, wanted)
    process.stdout.write(
      isCheck ? `${page.file} is out of date: run node docs/generate/all.ts\n` : `wrote ${page.file}\n`,
    )
  }
}

if (import.meta.main) await run(process.argv.includes('--check'))
