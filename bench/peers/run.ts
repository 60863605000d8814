// Ours and its peers, turn by turn on one machine and one database server; `README.md` says what was set.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchServer, openServer } from '../server.ts'
import { onStage } from '../stage.ts'
import { fan, linear } from '../workloads.ts'
import { compare, comparisonLines, comparisonTable } from './comparison.ts'
import { type Peer, peers, playInProcess } from './peer-process.ts'
import { type Counts, playTurn, scaledCounts, type Turn } from './turn.ts'

const ours = 'countersign'

interface Plan {
  readonly peers: readonly Peer[]
  readonly rounds: number
  readonly counts: Counts
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [...peers] },
      rounds: { type: 'string' },
      scale: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only.find((name) => !peers.some((peer) => peer === name))
  if (unknown !== undefined) throw new Error(`There is no peer "${unknown}". Choose from ${peers.join(', ')}.`)
  return {
    peers: peers.filter((peer) => values.only.includes(peer)),
    rounds: positive('rounds', values.rounds ?? (values.quick ? '1' : '3')),
    counts: scaledCounts(positive('scale', values.scale ?? (values.quick ? '0.1' : '1'))),
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0) return value
  throw new Error(`--${name} is "${text}". Give a number above zero.`)
}

async function playRounds(server: BenchServer, plan: Plan, signal: AbortSignal): Promise<Map<string, Turn[]>> {
  const turns = new Map<string, Turn[]>()
  const played = (name: string, turn: Turn) => {
    console.error(name, JSON.stringify(turn))
    turns.set(name, [...(turns.get(name) ?? []), turn])
  }
  for (let round = 0; round < plan.rounds; round++) {
    signal.throwIfAborted()
    played(ours, await playOurs(server, plan.counts))
    for (const peer of plan.peers) played(peer, await playPeer(server, peer, plan.counts, signal))
  }
  return turns
}

function playOurs(server: BenchServer, counts: Counts): Promise<Turn> {
  const workflows = { linear, fan }
  return onStage(server, { engine: true }, async (stage) => {
    await stage.save(linear)
    await stage.save(fan)
    return playTurn((workload, times) => stage.play(workflows[workload], times), counts)
  })
}

async function playPeer(server: BenchServer, peer: Peer, counts: Counts, signal: AbortSignal): Promise<Turn> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-peer-'))
  try {
    return await server.withDatabase(({ connection: database }) =>
      playInProcess({ peer, counts, surroundings: { database, directory } }, signal),
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  const plan = readPlan()
  if (!existsSync(new URL('node_modules', import.meta.url))) {
    throw new Error('The peers are not installed. Run `npm install` in bench/peers, then this again.')
  }
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupt.abort(new Error('Interrupted; all that was started is stopped.')))
  }
  const server = await openServer()
  try {
    const turns = await playRounds(server, plan, interrupt.signal)
    const turnsOf = (name: string) => turns.get(name) ?? []
    const comparisons = plan.peers.flatMap((peer) => compare(peer, turnsOf(peer), turnsOf(ours)))
    console.log(`${comparisonTable(comparisons)}\n\n${comparisonLines(comparisons)}`)
  } finally {
    await server.close()
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
