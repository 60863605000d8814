// `countersign validate`: every problem of a definition, with its place and the way out; else its impact class, with the reasons.

import type { Command } from 'commander'
import type { ImpactClass } from '../../governance/workflow-impact.ts'
import type { CommandLine } from '../command-line.ts'
import { type DefinitionFile, readDefinition } from '../definition-file.ts'
import { reportLines, sayProblemCount } from '../problem-report.ts'
import type { Checked } from '../site.ts'
import type { Paint } from '../terminal.ts'
import { checkOf } from '../with-site.ts'

interface Report extends DefinitionFile, Checked {}

export function addValidate(program: Command, line: CommandLine): void {
  program
    .command('validate')
    .description('check definitions, print every problem, or the impact class and why; needs no database')
    .argument('<file...>', 'YAML or JSON files; - reads stdin')
    .option('--json', 'print what was found as JSON')
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
    reports.push({ ...file, ...(await check(file)) })
  }
  return reports
}

function printJson({ terminal }: CommandLine, reports: readonly Report[]): void {
  const shown = reports.map(({ name, problems, impact }) => ({
    file: name,
    valid: problems.length === 0,
    problems,
    impact: impact === undefined ? null : impactJson(impact),
  }))
  terminal.print(JSON.stringify(shown, null, 2))
}

/** As the API says it. */
function impactJson({ impact, reasons }: ImpactClass) {
  return { class: impact, reasons: reasons.map(({ step, impact: own, reason }) => ({ step, class: own, reason })) }
}

function printText({ terminal }: CommandLine, reports: readonly Report[]): void {
  for (const { name, source, problems, impact } of reports) {
    if (impact !== undefined) terminal.print(...impactLines(name, impact, terminal.paint))
    else terminal.print(...reportLines(name, source, problems, terminal.paint))
  }
  const count = reports.reduce((sum, { problems }) => sum + problems.length, 0)
  if (count > 0) terminal.print(`${terminal.paint('red', sayProblemCount(count))} found.`)
}

/** Why of what is more than class A. */
function impactLines(file: string, { impact, reasons }: ImpactClass, paint: Paint): string[] {
  const shown = reasons.filter((reason) => reason.impact !== 'A')
  const width = Math.max(...shown.map(({ step }) => step.length))
  return [
    `${file}: ${paint('green', 'valid')}, class ${impact}`,
    ...shown.map(({ step, impact: own, reason }) => `  ${step.padEnd(width)}  ${own}  ${reason}`),
  ]
}
