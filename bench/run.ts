// Measures the engine beside the reference, in one run on one server: `node bench/run.ts [--quick] [--only W1,W3] [--list]`.

import type { Bench, Run } from './bench.ts'
import { catalog, quickNames } from './catalog.ts'
import { type Figure, figureLine, printFigures } from './figures.ts'
import { readOptions, type RunOptions } from './options.ts'
import { measureReference, type Reference, referenceFigure } from './reference.ts'
import { type BenchServer, withServer } from './server.ts'

function chosen({ quick, only }: RunOptions): readonly Bench[] {
  const names = only.length === 0 && quick ? quickNames : only
  return names.length === 0 ? catalog : catalog.filter(({ name }) => names.includes(name))
}

/** Measures one after the other; what fails is told and does not hold up the others. */
async function measureAll(options: RunOptions, server: BenchServer): Promise<void> {
  const reference = await referenceOf(server, options)
  const run: Run = {
    server,
    isQuick: options.quick,
    referenceCommitMs: reference.reference_commit_ms,
    scaled: (full) => Math.max(1, Math.round(full * options.scale)),
  }
  const figures: Figure[] = [referenceFigure(reference)]
  for (const bench of chosen(options)) {
    const before = performance.now()
    try {
      const found = await bench.measure(run)
      figures.push(...found)
      // On the other channel, for whoever waits.
      console.error(`${bench.name} took ${((performance.now() - before) / 1000).toFixed(0)} s`)
      for (const figure of found) console.error(figureLine(figure))
    } catch (error) {
      process.exitCode = 1
      console.error(`${bench.name} could not be measured:`, error)
    }
  }
  printFigures(figures, reference.reference_tps)
}

async function referenceOf(server: BenchServer, { quick, scale }: RunOptions): Promise<Reference> {
  const seconds = Math.max(1, Math.round((quick ? 5 : 15) * scale))
  const reference = await measureReference(server.access.connection, seconds)
  if (!reference.durable) throw new Error('The server does not wait for the disk: set fsync and synchronous_commit on.')
  return reference
}

function readArguments(): RunOptions | undefined {
  try {
    return readOptions(
      process.argv.slice(2),
      catalog.map(({ name }) => name),
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
    return undefined
  }
}

const options = readArguments()
if (options?.list === true) for (const { name, about } of catalog) console.log(`${name.padEnd(14)} ${about}`)
else if (options !== undefined) await withServer((server) => measureAll(options, server))
