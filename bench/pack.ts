// Actions of the benchmarks: they do next to nothing, so that what is measured is the engine.

import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { ActionError, defineAction, definePack } from '../src/packs/kit.ts'

const noop = defineAction({
  name: 'bench.noop',
  title: 'Nothing',
  description: 'Does nothing.',
  config: z.object({}),
  output: z.null(),
  impact: 'A',
  effect: 'pure',
  run: async () => ({ output: null }),
})

const slow = defineAction({
  name: 'bench.slow',
  title: 'Slow',
  description: 'Takes its time, and does nothing.',
  config: z.object({ ms: z.number() }),
  output: z.null(),
  impact: 'A',
  effect: 'pure',
  run: async ({ config: { ms } }) => pause(ms, { output: null }),
})

const flaky = defineAction({
  name: 'bench.flaky',
  title: 'Flaky',
  description: 'Fails at its first attempt, and does nothing at its second.',
  config: z.object({}),
  output: z.null(),
  impact: 'A',
  effect: 'pure',
  run: async ({ attempt }) => {
    if (attempt === 1) throw new ActionError('internal', 'The first attempt always fails.', { retry: true })
    return { output: null }
  },
})

export const benchPack = definePack({
  name: 'bench',
  title: 'Bench',
  description: 'Actions of the benchmarks.',
  actions: [noop, slow, flaky],
})

/** The packs that a tenant of the benchmarks has. */
export const benchPacks: readonly string[] = ['core', 'bench']
