// `countersign executions show`: one execution, its steps, what happened when, and why it waits.

import type { Command } from 'commander'
import { asJsonObject } from '../../packs/payload.ts'
import type { CommandLine } from '../command-line.ts'
import { sayMoment } from '../elapsed.ts'
import { executionJson } from '../execution-table.ts'
import { lifecycleEvent, type LifecycleEvent, startedEvent, stepSummaries, textLine } from '../follow/lifecycle-line.ts'
import { endLines, treeOf } from '../follow/show.ts'
import { Watch } from '../follow/watch.ts'
import { jsonOption, type TenantOption, tenantOption } from '../options.ts'
import type { Site } from '../site.ts'
import { withSite } from '../with-site.ts'

export function addExecutionShow(executions: Command, line: CommandLine): void {
  executions
    .command('show')
    .description('one execution: its steps, what happened when, and why it waits')
    .argument('<id>', 'its id, or the beginning of it')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async (typed: string, { tenant, json }: TenantOption & { json?: true }) => {
      await withSite(line, tenant, async (site) => {
        const { id } = await site.requireExecution(typed)
        const { watch, events } = await readAll(site, id)
        if (json === true) line.terminal.print(JSON.stringify(asJson(watch, events), null, 2))
        else line.terminal.print(...(await showLines(site, watch, events)))
      })
    })
}

interface Read {
  readonly watch: Watch
  readonly events: readonly LifecycleEvent[]
}

async function readAll({ source }: Site, id: string): Promise<Read> {
  const watch = await Watch.open(source, id)
  const { workflow, startedAt } = watch.execution
  const told = { executionId: id, workflow }
  const events: LifecycleEvent[] = startedAt === null ? [] : [startedEvent(told, startedAt.getTime())]
  await watch.read(({ seq, event }) => {
    const seen = lifecycleEvent(told, seq, event, watch.timeline)
    if (seen !== undefined) events.push(seen)
  })
  return { watch, events }
}

function asJson({ execution, timeline }: Watch, events: readonly LifecycleEvent[]) {
  return {
    ...executionJson(execution),
    steps: stepSummaries(timeline),
    events: events.map((event) => asJsonObject(event)),
  }
}

async function showLines(site: Site, watch: Watch, events: readonly LifecycleEvent[]): Promise<string[]> {
  const { terminal } = site
  const { execution } = watch
  const startedAt = (execution.startedAt ?? execution.createdAt).getTime()
  // All rows: this is printed once, so nothing needs to fit.
  const size = () => ({ columns: terminal.isLive ? terminal.size().columns : 200, rows: Number.POSITIVE_INFINITY })
  const gates = watch.gates()
  return [
    ...treeOf(watch, site.now(), undefined, { size, paint: terminal.paint }),
    '',
    `id          ${execution.id}`,
    `started     ${sayMoment(execution.createdAt.getTime())} by ${execution.startedBy}`,
    `inputs      ${JSON.stringify(execution.inputs)}`,
    '',
    ...events.map((event) => textLine(event, startedAt)),
    '',
    ...endLines(watch, terminal, site.flags),
    ...(gates.length > 0 ? await site.decisionLines(gates) : []),
    ...(await site.whyHeld(watch)),
  ]
}
