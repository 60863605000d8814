#!/usr/bin/env node
// The program `countersign`: joins the process to the command line.

import { processConfig } from '../config.ts'
import { runCommandLine } from './program.ts'
import { openTerminal } from './terminal.ts'

const { stdin, stdout, stderr } = process
const terminal = openTerminal({ stdin, stdout, stderr }, process)
process.exitCode = await runCommandLine(process.argv.slice(2), terminal, processConfig)
