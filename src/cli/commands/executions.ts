// `countersign executions`: lists executions and steers them.

import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { addExecutionControl } from './execution-control.ts'
import { addExecutionFollow } from './execution-follow.ts'
import { addExecutionList } from './execution-list.ts'
import { addExecutionMigrate } from './execution-migrate.ts'
import { addExecutionRetry } from './execution-retry.ts'
import { addExecutionShow } from './execution-show.ts'

export function addExecutions(program: Command, line: CommandLine): void {
  const executions = program.command('executions').description('list executions and steer them')
  for (const add of [addExecutionList, addExecutionShow, addExecutionFollow, addExecutionRetry]) add(executions, line)
  for (const add of [addExecutionMigrate, addExecutionControl]) add(executions, line)
}
