// The command line as a whole: its commands, their help, and how a command's end becomes an exit code.

import { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import type { Config } from '../config.ts'
import type { CommandLine } from './command-line.ts'
import { addApprovals } from './commands/approvals.ts'
import { addBackup } from './commands/backup.ts'
import { addDev } from './commands/dev.ts'
import { addDoctor } from './commands/doctor.ts'
import { addAudit } from './commands/audit.ts'
import { addDrafts } from './commands/drafts.ts'
import { addEvents } from './commands/events.ts'
import { addExecutions } from './commands/executions.ts'
import { addMigrate } from './commands/migrate.ts'
import { addPreview } from './commands/preview.ts'
import { addRestore } from './commands/restore.ts'
import { addRun } from './commands/run.ts'
import { addSecrets } from './commands/secrets.ts'
import { addServe } from './commands/serve.ts'
import { addSubmit } from './commands/submit.ts'
import { addTemplates } from './commands/templates.ts'
import { addTest } from './commands/test.ts'
import { addValidate } from './commands/validate.ts'
import { addWorker } from './commands/worker.ts'
import { addWorkflows } from './commands/workflows.ts'
import { type Exit, exitCodeHelp, exitCodes } from './exit-code.ts'
import { addRemoteOptions } from './remote/remote-address.ts'
import { failureOf } from './refusal.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command and returns its exit code. `words` are those after the program's name. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
  config: () => Config,
): Promise<number> {
  let exit: Exit = 'fine'
  const line: CommandLine = {
    terminal,
    config,
    finish: (given) => {
      exit = given
    },
  }
  try {
    await createProgram(line).parseAsync([...words], { from: 'user' })
    return exitCodes[exit].code
  } catch (error) {
    return complain(error, terminal, config)
  }
}

/** In the order of the help. */
const commands: readonly ((program: Command, line: CommandLine) => void)[] = [
  addValidate,
  addPreview,
  addTest,
  addRun,
  addServe,
  addWorker,
  addWorkflows,
  addExecutions,
  addApprovals,
  addDrafts,
  addTemplates,
  addSecrets,
  addSubmit,
  addEvents,
  addAudit,
  addDev,
  addMigrate,
  addBackup,
  addRestore,
  addDoctor,
]

function createProgram(given: CommandLine): Command {
  const { terminal } = given
  const program = new Command('countersign')
    .description('AI drafts a workflow, people countersign it, a durable engine runs it.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.complain(text.trimEnd()),
      getOutHelpWidth: () => terminal.size().columns,
      getErrHelpWidth: () => terminal.size().columns,
    })
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride()
    .addHelpText('after', `\n${exitCodeHelp()}\n\nConfiguration is read from the environment: docs/operations.md.`)
  const line = addRemoteOptions(program, given)
  for (const add of commands) add(program, line)
  return program
}

function complain(error: unknown, terminal: Terminal, config: () => Config): number {
  const { code, message, hint } = failureOf(error)
  if (message !== '') terminal.complain(hint === undefined ? message : `${message}\n${hint}`)
  if (isDebugging(config) && error instanceof Error && error.stack !== undefined) terminal.complain(error.stack)
  return code
}

function isDebugging(config: () => Config): boolean {
  try {
    return config().logLevel === 'debug'
  } catch {
    return false
  }
}
