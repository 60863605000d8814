// `countersign run`: validates a definition, saves it, starts an execution, and follows it.

import { type Command, Option } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { readDefinition } from '../definition-file.ts'
import type { Exit } from '../exit-code.ts'
import type { SessionOptions } from '../follow/session.ts'
import { asOption, collect, type TenantOption, tenantOption } from '../options.ts'
import type { Ballot } from '../people/votes.ts'
import type { Site } from '../site.ts'
import { withSite } from '../with-site.ts'

interface RunOptions extends TenantOption, SessionOptions {
  readonly input?: readonly string[]
  readonly follow: boolean
  readonly dedupeKey?: string
}

export function addRun(program: Command, line: CommandLine): void {
  program
    .command('run')
    .description('validate a definition, save it, start an execution and follow it')
    .argument('<file>', 'a YAML or JSON file; - reads stdin')
    .option('--input <input>', 'JSON, @file or name=value; may be repeated', collect)
    .addOption(new Option('--approve', 'approve whatever it asks').conflicts('reject'))
    .option('--reject', 'reject whatever it asks')
    .addOption(asOption())
    .option('--no-follow', 'start it and leave it to a worker')
    .option('--dedupe-key <key>', 'start nothing when an execution was started with this key before')
    .option('--json', 'print each lifecycle event as a line of JSON')
    .addOption(tenantOption())
    .action(async (path: string, options: RunOptions) => {
      line.finish(await run(line, path, options))
    })
}

async function run(line: CommandLine, path: string, options: RunOptions): Promise<Exit> {
  const file = await readDefinition(line.terminal, path)
  return withSite(line, options.tenant, async (site) => {
    const ballot = ballotOf(options)
    const request = {
      inputs: options.input ?? [],
      dedupeKey: options.dedupeKey,
      ...(ballot !== undefined && { ballot }),
    }
    const begun = await site.run(file, request)
    if ('waitsFor' in begun) return waits(site, begun, options)
    const { executionId: id } = begun
    if (options.follow) return site.follow(id, options)
    line.terminal.print(options.json === true ? JSON.stringify({ execution_id: id }) : `Started ${id}.`)
    return 'fine'
  })
}

function ballotOf({ approve, reject, as }: RunOptions): Ballot | undefined {
  if (approve !== true && reject !== true) return undefined
  return { vote: approve === true ? 'approve' : 'reject', ...(as !== undefined && { as }) }
}

/** Nothing was started: people have to countersign the workflow first. */
async function waits(
  site: Site,
  { name, waitsFor }: { readonly name: string; readonly waitsFor: readonly string[] },
  { json }: RunOptions,
): Promise<Exit> {
  const { terminal } = site
  if (json === true) {
    terminal.print(JSON.stringify({ workflow: name, waits_for_approvals: waitsFor }))
    return 'waiting'
  }
  terminal.print(
    `${name} is saved and inactive: it has to be countersigned before it runs.`,
    ...(await site.approvalLines(waitsFor)),
    'Then run it again. In one go: npx countersign run FILE --approve',
  )
  return 'waiting'
}
