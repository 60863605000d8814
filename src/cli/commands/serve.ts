// `countersign serve`: the engine and the HTTP server in one process.

import type { Command } from 'commander'
import type { Config } from '../../config.ts'
import { buildDeliveries, buildEngine } from '../../main/build-engine.ts'
import type { Serving } from '../../main/serving.ts'
import type { House, Log } from '../../main.ts'
import { type CommandLine, type Office, serviceLog, withHouse } from '../command-line.ts'
import { ensureDemoTenant, firstSignIn } from '../demo-tenant.ts'
import { seedExamples } from '../examples.ts'
import { seedTemplates } from '../standard-templates.ts'
import { interrupted } from '../interrupted.ts'
import { sayElapsed } from '../elapsed.ts'
import { FrontDoor } from '../front-door.ts'
import packageFile from '../../../package.json' with { type: 'json' }
import { openTracing, type Tracing } from '../../engine/tracing/tracing.ts'
import { watchTogether } from '../../engine/watch.ts'
import { countApprovals } from '../../record/approval-lists.ts'
import type { Tenant } from '../../record/tenants.ts'

export function addServe(program: Command, line: CommandLine): void {
  program
    .command('serve')
    .description('work on executions, and take webhooks and callbacks over HTTP')
    .option('--no-examples', 'do not save the example workflows in the demo tenant')
    .action(async ({ examples }: { examples: boolean }) => {
      const startedAt = performance.now()
      const given = line.config()
      const log = serviceLog(line, given)
      const stopped = interrupted(line.terminal)
      const tracing = openTracing({ endpoint: given.otlpEndpoint, serviceVersion: packageFile.version, log })
      const door = new FrontDoor(log, tracing)
      // First of all: a port that is taken ends the start before a database was touched.
      const config = await door.listen(given)
      try {
        await withHouse(
          { ...line, config: () => config },
          (house) => serve({ line, house, log, door, tracing, stopped, startedAt, withExamples: examples }),
          { log },
        )
      } finally {
        await door.close()
        await tracing?.close()
      }
    })
}

interface Opened {
  readonly line: CommandLine
  readonly house: House
  readonly log: Log
  readonly door: FrontDoor
  readonly tracing: Tracing | undefined
  readonly stopped: Promise<void>
  readonly startedAt: number
  readonly withExamples: boolean
}

async function serve({ line, house, log, door, tracing, stopped, startedAt, withExamples }: Opened): Promise<void> {
  const { terminal } = line
  const tenant = await ensureDemoTenant(house)
  const seeded = withExamples ? await seed({ house, tenant, terminal }) : []
  const listeners: { serving?: Serving } = {}
  const watch = watchTogether([door.metrics.watch, ...(tracing === undefined ? [] : [tracing.watch])])
  const options = { log, watch, onDurable: () => listeners.serving?.hub.wake() }
  const engine = buildEngine(house, options)
  const deliveries = buildDeliveries(house, options)
  await engine.start()
  const serving = await door.open(house, engine)
  listeners.serving = serving
  deliveries.start()
  await door.ready()
  const link = await firstSignIn(house, serving.people, tenant)
  const waiting = await sayWaiting(house, tenant)
  terminal.print(...readyLines(house.config, performance.now() - startedAt, link), ...waiting, ...seeded)
  await stopped
  terminal.complain('Ending: what is under way may end. Ctrl-C again ends at once.')
  await Promise.all([door.close(house.config.drainMs), deliveries.stop(), engine.stop()])
}

async function seed(office: Office): Promise<string[]> {
  return [...(await seedExamples(office)), ...(await seedTemplates(office))]
}

const mostCounted = 100

/** What waits for people in the tenant, and where to see it. */
async function sayWaiting({ database, now }: House, { id }: Tenant): Promise<string[]> {
  const counted = await countApprovals(database.engine, id, { status: 'pending' }, new Date(now()), mostCounted)
  if (counted === 0) return []
  const many = counted === mostCounted ? `${counted} or more` : counted
  const wait = counted === 1 ? '1 approval waits' : `${many} approvals wait`
  return ['', `${wait} for somebody's decision: npx countersign approvals list`]
}

function readyLines({ url }: Config, tookMs: number, link: string | undefined): string[] {
  return [
    `Countersign is ready at ${url} (${sayElapsed(tookMs)})`,
    '',
    link === undefined ? `Sign in at ${url}/sign-in, and read the API at ${url}/docs` : `Sign in, once: ${link}`,
    '',
    'Try, in another terminal:',
    '  npx countersign run examples/purchase-order-approval.yaml --input order_id=PO-8841 --input amount=62000',
    '  npx countersign executions list',
    '  npx countersign dev api-key --role owner',
    `  curl ${url}/ready`,
  ]
}
