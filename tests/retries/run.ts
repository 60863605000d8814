// Kills the server in the middle of requests with idempotency keys, and sends them again: `npm run test:retries -- --rounds 500`.

import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Dice } from '../fuzz/dice.ts'
import { playRound } from './round.ts'
import { openStage } from './stage.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
})
const { rounds, seed } = z
  .object({ rounds: z.coerce.number().int().min(1), seed: z.coerce.number().int().min(0) })
  .parse(values)

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const dice = new Dice(seed)
const stage = await openStage()
let [requests, cut, violations, idle] = [0, 0, 0, 0]
try {
  for (let round = 1; round <= rounds; round++) {
    const outcome = await playRound({ ...stage, chance: () => dice.next() }, round)
    requests += outcome.requests
    cut += outcome.cut
    if (outcome.cut === 0) idle++
    violations += outcome.problems.length
    for (const problem of outcome.problems) say(`round ${round}: ${problem}`)
    if (round % 50 === 0) say(`${round} rounds`)
  }
} finally {
  await stage.close()
}
say(
  `rounds ${rounds}, requests ${requests}, cut by the kill ${cut}, rounds in which none was ${idle}, violations ${violations}`,
)
process.exitCode = violations === 0 && cut > 0 ? 0 : 1
