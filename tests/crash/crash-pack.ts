// The actions of the harness: one that leaves the house, one that writes in the engine's own transaction, one that fails.

import { z } from 'zod'
import { ActionError, anyJson, defineAction, definePack, type Pack } from '../../src/packs/kit.ts'
import type { When } from './points.ts'

/** `passing` is told before and after the work of an action: the process may end there. */
export function createCrashPack(effectsUrl: string, passing: (when: When) => Promise<void>): Pack {
  const post = async (key: string, signal: AbortSignal): Promise<void> => {
    await passing('before')
    const { status } = await fetch(effectsUrl, { method: 'POST', headers: { 'idempotency-key': key }, signal })
    if (status !== 204) throw new ActionError('http_failed', `The receiver answered ${status}.`, { retry: true })
    await passing('after')
  }
  return definePack({
    name: 'crash',
    title: 'Crash',
    description: 'Actions of the crash harness.',
    actions: [
      defineAction({
        name: 'crash.effect',
        title: 'Effect',
        description: 'Sends its idempotency key to the receiver, after as many failures as it is told.',
        config: z.object({ failures: z.int().default(0) }),
        output: anyJson,
        impact: 'A',
        effect: 'external',
        run: async ({ config, attempt, idempotencyKey, signal }) => {
          if (attempt <= config.failures) throw new ActionError('http_failed', 'Not yet.', { retry: true })
          await post(idempotencyKey, signal)
          return { output: null }
        },
      }),
      defineAction({
        name: 'crash.note',
        title: 'Note',
        description: 'Writes a row in the transaction of its event.',
        config: z.object({}),
        output: anyJson,
        impact: 'A',
        effect: 'transactional',
        run: async ({ transaction, tenantId, executionId, step, item }) => {
          const place = item === undefined ? step : `${step}[${item}]`
          await transaction?.query(`insert into crash_notes (tenant_id, execution_id, note) values ($1, $2, $3)`, [
            ...[tenantId, executionId, place],
          ])
          return { output: null }
        },
      }),
      defineAction({
        name: 'crash.refuse',
        title: 'Refuse',
        description: 'Fails for good.',
        config: z.object({}),
        output: anyJson,
        impact: 'A',
        effect: 'pure',
        run: async () => {
          throw new ActionError('step_failed', 'It refuses.', { retry: false })
        },
      }),
    ],
  })
}
