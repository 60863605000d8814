// `countersign validate`: every problem of a definition, with its place and the way out.

import type { Command } from 'commander'
import type { Problem } from '../../kernel/problem.ts'
import type { CommandLine } from '../command-line.ts'
import { type DefinitionFile, readDefinition } from '../definition-file.ts'
import { reportLines, sayProblemCount } from '../problem-report.ts'
import { checkOf } from '../with-site.ts'

interface Report extends DefinitionFile {
  readonly problems: readonly Problem[]
}

export function addValidate(program: Command, line: CommandLine): void {
  program
    .command('validate')
    .description('check definitions and print every problem; needs no database')
    .argument('<file...>', 'YAML or JSON files; - reads stdin')
    .option('--json', 'print the problems as JSON')
    .action(async (files: readonly string[], options: { json?: true }) => {
      const reports = await validateFiles(line, files)
      if (options.json === true) printJson(line, reports)
      else printText(line, reports)
      line.finish(reports.every(({ problems }) => problems.length === 0) ? 'fine' : 'failed')
    })
}

async function validateFiles(line: CommandLine, files: readonly string[]): Promise<Report[]> {
  const check = checkOf(line)
  const reports: Report[] = []
  for (const path of files) {
    const file = await readDefinition(line.terminal, path)
    reports.push({ ...file, problems: await check(file) })
  }
  return reports
}

function printJson({ terminal }: CommandLine, reports: readonly Report[]): void {
  const shown = reports.map(({ name, problems }) => ({ file: name, valid: problems.length === 0, problems }))
  terminal.print(JSON.stringify(shown, null, 2))
}

function printText({ terminal }: CommandLine, reports: readonly Report[]): void {
  for (const { name, source, problems } of reports) {
    if (problems.length === 0) terminal.print(`${name}: ${terminal.paint('green', 'valid')}`)
    else terminal.print(...reportLines(name, source, problems, terminal.paint))
  }
  const count = reports.reduce((sum, { problems }) => sum + problems.length, 0)
  if (count > 0) terminal.print(`${terminal.paint('red', sayProblemCount(count))} found.`)
}
