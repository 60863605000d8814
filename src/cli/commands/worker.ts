// `countersign worker`: an engine without a server.

import type { Command } from 'commander'
import { buildDeliveries, buildEngine } from '../../main/build-engine.ts'
import { type CommandLine, serviceLog, withHouse } from '../command-line.ts'
import packageFile from '../../../package.json' with { type: 'json' }
import { openTracing } from '../../engine/tracing/tracing.ts'
import { interrupted } from '../interrupted.ts'

export function addWorker(program: Command, line: CommandLine): void {
  program
    .command('worker')
    .description('work on executions, without a server')
    .action(async () => {
      const log = serviceLog(line, line.config())
      await withHouse(
        line,
        async (house) => {
          const { otlpEndpoint: endpoint } = house.config
          const tracing = openTracing({ endpoint, serviceVersion: packageFile.version, log })
          const engine = buildEngine(house, { log, ...(tracing !== undefined && { watch: tracing.watch }) })
          const deliveries = buildDeliveries(house, { log })
          const stopped = interrupted(line.terminal)
          await engine.start()
          deliveries.start()
          line.terminal.print(`The worker is ready (${engine.worker.id}). Ctrl-C ends it.`)
          await stopped
          line.terminal.complain('Ending: what is under way may end.')
          await deliveries.stop()
          await engine.stop()
          await tracing?.close()
        },
        { log },
      )
    })
}
