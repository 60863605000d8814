// Measures the engine beside the reference, in one run on one server. `--quick`: W1, W3 and the reference.

import { type Figure, printFigures } from './figures.ts'
import { measureReference } from './reference.ts'
import { openStage } from './stage.ts'
import { measureFan, measureLatency, measureLinear, measureMixed, measureWal } from './workloads.ts'

const quick = process.argv.includes('--quick')
const rounds = quick ? 3 : 7

const stage = await openStage()
try {
  const { host, port, user, password = '', database } = stage.house.database.address
  const reference = await measureReference({ host, port, user, password, database }, quick ? 5 : 15)
  const figures: Figure[] = [
    { name: `Reference: ${reference.source} -N, 16 clients`, value: reference.reference_tps, unit: 'transactions/s' },
    ...(await measureLinear(stage, rounds)),
    ...(quick ? [] : await measureFan(stage, rounds)),
    ...(await measureLatency(stage, quick ? 100 : 500)),
    ...(quick ? [] : await measureMixed(stage, rounds)),
    ...(await measureWal(stage)),
  ]
  printFigures(figures, reference.reference_tps)
} finally {
  await stage.close()
}
