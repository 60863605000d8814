// `countersign test`: runs test cases beside definitions, in memory; needs no database.

import type { Command } from 'commander'
import { createExpressionThreads } from '../../engine/expressions/expression-threads.ts'
import { createHouseRegistry } from '../../main.ts'
import type { CommandLine } from '../command-line.ts'
import { jsonOption } from '../options.ts'
import { findTestFiles, testFile, type TestedFile } from '../testing/test-files.ts'
import { testLines } from '../testing/test-lines.ts'

export function addTest(program: Command, line: CommandLine): void {
  program
    .command('test')
    .description('run the test cases beside definitions; sends nothing and needs no database')
    .argument('[path]', 'a file of test cases, its definition, or a folder', '.')
    .addOption(jsonOption())
    .action(async (path: string, options: { json?: true }) => {
      const files = await testAll(path)
      if (options.json === true) line.terminal.print(JSON.stringify(files.map(shown), null, 2))
      else printText(line, files)
      line.finish(files.every((file) => missed(file) === 0) ? 'fine' : 'failed')
    })
}

async function testAll(path: string): Promise<TestedFile[]> {
  const registry = createHouseRegistry()
  const actions = registry.actions(registry.packs().map(({ name }) => name))
  const threads = createExpressionThreads({})
  try {
    const files: TestedFile[] = []
    for (const file of await findTestFiles(path)) {
      files.push(await testFile(file, { actions, evaluate: threads.evaluate }))
    }
    return files
  } finally {
    await threads.close()
  }
}

function shown({ name, problems, cases }: TestedFile) {
  const results = cases.map(({ name: title, differences, rehearsal }) => ({
    name: title,
    passed: differences.length === 0,
    differences,
    status: rehearsal.status,
    ...(rehearsal.failure !== undefined && { failure: rehearsal.failure }),
  }))
  return { file: name, problems, cases: results }
}

function printText({ terminal }: CommandLine, files: readonly TestedFile[]): void {
  for (const file of files) terminal.print(...testLines(file, terminal.paint))
  const all = files.reduce((sum, { cases }) => sum + cases.length, 0)
  const failed = files.reduce((sum, file) => sum + missed(file), 0)
  const passed = files.reduce((sum, { cases }) => sum + cases.filter(isPassed).length, 0)
  const verdict = failed === 0 ? terminal.paint('green', `${all} passed`) : terminal.paint('red', `${failed} failed`)
  terminal.print('', failed === 0 ? `${verdict}.` : `${verdict}, ${passed} passed.`)
}

const isPassed = ({ differences }: TestedFile['cases'][number]): boolean => differences.length === 0

/** A file that cannot be read as test cases counts as one that failed. */
function missed({ problems, cases }: TestedFile): number {
  return problems.length > 0 ? 1 : cases.filter((one) => !isPassed(one)).length
}
