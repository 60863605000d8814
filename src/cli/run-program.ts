// Runs the command line in this process.

import { processConfig } from '../config.ts'
import { runCommandLine } from './program.ts'
import { openTerminal } from './terminal.ts'

export async function runProgram(): Promise<void> {
  const { stdin, stdout, stderr } = process
  const terminal = openTerminal({ stdin, stdout, stderr }, process)
  process.exitCode = await runCommandLine(process.argv.slice(2), terminal, processConfig)
}
