// The model-based tests of life cycles, with more moves than `npm test` makes: `npm run test:lifecycles -- --moves 50000 --seed 1`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { moves: { type: 'string', default: '50000' }, seed: { type: 'string', default: '1' } },
})
const { moves, seed } = z
  .object({ moves: z.coerce.number().int().min(1), seed: z.coerce.number().int().min(0) })
  .parse(values)

const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname
// Those that are named (`draft`), or all.
const files = positionals.length > 0 ? positionals.map((name) => `tests/lifecycles/${name}`) : ['tests/lifecycles']
const run = spawn(process.execPath, [vitest, 'run', ...files, '--testTimeout=3600000'], {
  stdio: 'inherit',
  env: { ...process.env, COUNTERSIGN_TEST_MOVES: String(moves), COUNTERSIGN_TEST_SEED: String(seed) },
})
const [code] = await once(run, 'exit')
process.exitCode = typeof code === 'number' ? code : 1
