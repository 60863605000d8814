// The exit codes of the command line: the one table behind --help, the docs and the commands.

export const exitCodes = {
  fine: { code: 0, means: 'It worked; the execution completed.' },
  failed: { code: 1, means: 'There are problems, or the execution failed.' },
  usage: { code: 2, means: 'The command was used wrongly.' },
  waiting: { code: 3, means: 'The execution waits for somebody.' },
  cancelled: { code: 4, means: 'The execution was cancelled.' },
  unavailable: { code: 5, means: 'The database, the port or a file cannot be used.' },
  internal: { code: 70, means: 'An error of Countersign itself.' },
  interrupted: { code: 130, means: 'Ctrl-C: the execution goes on where it is when a worker comes.' },
} as const satisfies Record<string, { readonly code: number; readonly means: string }>

export type Exit = keyof typeof exitCodes

/** The table as lines of the help text. */
export function exitCodeHelp(): string {
  const lines = Object.values(exitCodes).map(({ code, means }) => `  ${String(code).padEnd(4)} ${means}`)
  return ['Exit codes:', ...lines].join('\n')
}
