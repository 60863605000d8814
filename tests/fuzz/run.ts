// Fuzzes the API from its document: `npm run test:fuzz -- --requests 20000 --seed 1`.

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { runCampaign, sayOutcome } from './campaign.ts'
import { type FuzzHouse, openFuzzHouse } from './fuzz-house.ts'
import { hostileCases, tryHostileCase } from './wire.ts'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
})
const { requests, seed } = z
  .object({ requests: z.coerce.number().int().min(1), seed: z.coerce.number().int().min(0) })
  .parse(values)

const say = (line: string): void => void process.stdout.write(`${line}\n`)
/** Of what is still held after a collection. */
const mostGrowth = 60_000_000
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const dataDir = await mkdtemp(join(tmpdir(), 'countersign-fuzz-'))
// Open to the user that the server runs under when root runs this.
await chmod(dataDir, 0o711)
const settings = { fsync: 'off', synchronous_commit: 'off' }
const server = await startEmbeddedServer({
  dataDir: join(dataDir, 'postgres'),
  log: { info: () => {}, warn: () => {} },
  settings,
})
try {
  const house = await openFuzzHouse(server.url)
  try {
    process.exitCode = (await attack(house)) ? 0 : 1
  } finally {
    await house.close()
  }
} finally {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function attack(house: FuzzHouse): Promise<boolean> {
  const before = held()
  const outcome = await runCampaign(house, requests, seed)
  say(sayOutcome(outcome))
  const { keys } = await house.newWorld()
  const refused: string[] = []
  for (const hostile of hostileCases(keys.owner.text)) {
    const problem = await tryHostileCase(house.port, hostile)
    if (problem !== undefined) refused.push(`${hostile.name}: ${problem}`)
  }
  say(['', ...refused, `hostile connections that were not answered as they should be: ${refused.length}`].join('\n'))
  const grown = held() - before
  const { status } = await fetch(`http://127.0.0.1:${house.port}/health`)
  say(`what server and sender hold grew by ${Math.round(grown / 1e6)} MB; afterwards /health answers ${status}`)
  return outcome.violations.length + refused.length === 0 && status === 200 && grown < mostGrowth
}

function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
