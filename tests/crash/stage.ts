// Where a run takes place: the server, the receiver, a house that starts and decides but runs nothing, and the crew.

import { join } from 'node:path'
import type pg from 'pg'
import { type Config, readConfig } from '../../src/config.ts'
import { type House, openHouse } from '../../src/main.ts'
import { Crew } from './crew.ts'
import { openOwner, prepare } from './crash-sql.ts'
import { createCrashPack } from './crash-pack.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { CrashServer } from './server.ts'
import { type Known, knownWorkflows } from './workflows.ts'

export const leaseMs = 600

export interface Stage {
  readonly server: CrashServer
  readonly receiver: Receiver
  readonly house: House
  readonly owner: pg.Pool
  readonly crew: Crew
  readonly known: ReadonlyMap<string, Known>
  /** How long a worker stands aside. */
  readonly longPauseMs: number
  close(): Promise<void>
}

export async function openStage(settings: { openFence: string | undefined; longPauseMs: number }): Promise<Stage> {
  const server = await CrashServer.start()
  const receiver = await startReceiver()
  const environment = environmentOf(server)
  const config: Config = readConfig(environment)
  const house = await openHouse(config, { log: () => {}, packs: [createCrashPack(receiver.url, async () => {})] })
  const owner = openOwner(house.database.address)
  await prepare(owner, house.database.address.database)
  const crew = new Crew({ environment, effectsUrl: receiver.url, openFence: settings.openFence })
  const { longPauseMs } = settings
  const close = async (): Promise<void> => {
    await crew.disband()
    await house.close()
    await owner.end()
    receiver.close()
    await server.stop()
  }
  return { server, receiver, house, owner, crew, known: knownWorkflows(receiver.url), longPauseMs, close }
}

function environmentOf({ url, dataDir }: CrashServer): Record<string, string> {
  return {
    DATABASE_URL: url,
    COUNTERSIGN_DATA: dataDir,
    COUNTERSIGN_KEY_FILE: join(dataDir, 'key'),
    COUNTERSIGN_ALLOW_HOSTS: '127.0.0.1',
    COUNTERSIGN_LEASE: `${leaseMs}ms`,
    COUNTERSIGN_POLL: '100ms',
    COUNTERSIGN_DRAIN: '100ms',
  }
}
