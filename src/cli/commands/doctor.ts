// `countersign doctor`: looks for what is wrong with an installation, and says how to mend it.

import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { checkInstallation } from '../checks/installation.ts'
import { type Check, looksOf } from '../checks/check.ts'

export function addDoctor(program: Command, line: CommandLine): void {
  program
    .command('doctor')
    .description('look for what is wrong with this installation')
    .option('--json', 'print the checks as JSON')
    .action(async (options: { json?: true }) => {
      const checks = await checkInstallation(line)
      if (options.json === true) line.terminal.print(JSON.stringify(checks, null, 2))
      else line.terminal.print(...checkLines(checks, line))
      line.finish(checks.some(({ level }) => level === 'wrong') ? 'failed' : 'fine')
    })
}

function checkLines(checks: readonly Check[], { terminal }: CommandLine): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.flatMap(({ name, level, message, remedy }) => {
    const { symbol, style } = looksOf[level]
    const said = `${terminal.paint(style, symbol)} ${name.padEnd(width)}  ${message}`
    return remedy === undefined ? [said] : [said, `  ${' '.repeat(width)}  ${terminal.paint('cyan', remedy)}`]
  })
  const wrong = checks.filter(({ level }) => level === 'wrong').length
  return [
    ...lines,
    '',
    wrong === 0 ? 'Nothing is wrong.' : `${wrong} of ${checks.length} checks found something wrong.`,
  ]
}
