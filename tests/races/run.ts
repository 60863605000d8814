// Races of approvals on real PostgreSQL: `npm run test:races -- --rounds 5000 --seed 1`; `--kind draft` for one kind.

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openDatabase, parseDatabaseUrl } from '../../src/record/database.ts'
import { startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { migrate } from '../../src/record/migrate.ts'
import { kinds } from './subjects.ts'
import { runCampaign, sayTally } from './campaign.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', multiple: true },
  },
})
const {
  rounds,
  seed,
  kind: only,
} = z
  .object({
    rounds: z.coerce.number().int().min(1),
    seed: z.coerce.number().int().min(0),
    kind: z.array(z.enum(kinds)).optional(),
  })
  .parse(values)

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const dataDir = await mkdtemp(join(tmpdir(), 'countersign-races-'))
// Open to the user that the server runs under when root runs this.
await chmod(dataDir, 0o711)
const settings = { fsync: 'off', synchronous_commit: 'off' }
const log = { info: () => {}, warn: () => {} }
const server = await startEmbeddedServer({ dataDir: join(dataDir, 'postgres'), log, settings })
try {
  const [address, key] = [parseDatabaseUrl(server.url), randomBytes(32)]
  await migrate(address, key)
  const database = openDatabase(address, key, { onError: () => {}, engineConnections: 12, apiConnections: 12 })
  try {
    const tally = await runCampaign(database, key, { rounds, seed, say, only })
    say(sayTally(tally))
    process.exitCode = tally.violations.length === 0 && tally.settled > 0 && tally.effects > 0 ? 0 : 1
  } finally {
    await database.close()
  }
} finally {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}
