// The process of a peer: plays one turn, sends the figures, and closes what it opened when its parent leaves.

import { once } from 'node:events'
import { orderSchema, type Peer } from './peer-process.ts'
import { playTurn, type Contestant } from './turn.ts'
import type { Surroundings } from './surroundings.ts'

/** A peer that does not stop by itself is ended: it has nothing left to lose. */
const closeMs = 15_000

const open: Readonly<Record<Peer, () => Promise<{ openContestant(on: Surroundings): Promise<Contestant> }>>> = {
  openworkflow: () => import('./openworkflow.ts'),
  dbos: () => import('./dbos.ts'),
  restate: () => import('./restate.ts'),
}

// Ctrl-C reaches every process of the terminal; the parent decides, and this one follows by losing it.
process.on('SIGINT', () => {})

const left = once(process, 'disconnect')
const [message] = await once(process, 'message')
const { peer, surroundings, counts } = orderSchema.parse(message)
const contestant = await (await open[peer]()).openContestant(surroundings)
const played = playTurn(contestant.play, counts).then((turn) => process.send?.(turn))
await Promise.race([left, played.then(() => left)])
setTimeout(() => process.exit(1), closeMs).unref()
await contestant.close()
process.exit(0)
