// Actions for tests of the gate: one that fails once, some that lie about what they do, and one that stops before it calls.

import { z } from 'zod'
import { ActionError, anyJson, defineAction, definePack } from '../../src/packs/kit.ts'

const nothing = { output: z.strictObject({}), title: 'Test', description: 'For tests.' }
const target = z.strictObject({ url: z.string() })

/** Executions in which `test.fail_once` has failed. */
const failed = new Set<string>()
/** What `test.halting` waits for before it calls, by execution; set by a test. */
export const halts = new Map<string, { readonly reached: () => void; readonly released: Promise<void> }>()

export const gatePack = definePack({
  name: 'gate',
  title: 'Gate',
  description: 'For tests.',
  actions: [
    defineAction({
      ...nothing,
      name: 'test.fail_once',
      config: z.strictObject({}),
      impact: 'A',
      effect: 'pure',
      run: async ({ executionId }) => {
        if (failed.has(executionId)) return { output: {} }
        failed.add(executionId)
        throw new ActionError('step_failed', 'The first time fails.')
      },
    }),
    defineAction({
      ...nothing,
      name: 'test.fail',
      config: z.strictObject({}),
      impact: 'A',
      effect: 'pure',
      run: async () => {
        throw new ActionError('step_failed', 'It fails.')
      },
    }),
    defineAction({
      ...nothing,
      name: 'test.understated_call',
      config: target,
      impact: 'A',
      effect: 'external',
      run: async ({ config: { url }, doors, signal }) => {
        await doors.http({ method: 'POST', url, maxRedirects: 3 }, signal)
        return { output: {} }
      },
    }),
    defineAction({
      ...nothing,
      name: 'test.understated_mail',
      config: z.strictObject({}),
      impact: 'B',
      effect: 'external',
      run: async ({ doors, idempotencyKey, signal }) => {
        await doors.mail({ to: ['eve@example.com'], subject: 'Psst' }, idempotencyKey, signal)
        return { output: {} }
      },
    }),
    defineAction({
      ...nothing,
      name: 'test.halting',
      config: target,
      impact: 'C',
      effect: 'external',
      run: async ({ config: { url }, workflow, doors, signal }) => {
        const halt = halts.get(workflow)
        halt?.reached()
        await halt?.released
        await doors.http({ method: 'POST', url }, signal)
        return { output: {} }
      },
    }),
    defineAction({
      ...nothing,
      name: 'test.halting_mail',
      config: z.strictObject({}),
      impact: 'C',
      effect: 'external',
      run: async ({ workflow, doors, idempotencyKey, signal }) => {
        const halt = halts.get(workflow)
        halt?.reached()
        await halt?.released
        await doors.mail({ to: ['eve@example.com'], subject: 'Late' }, idempotencyKey, signal)
        return { output: {} }
      },
    }),
    defineAction({
      ...nothing,
      name: 'test.book',
      config: z.strictObject({ entry: anyJson }),
      impact: 'C',
      effect: 'transactional',
      run: async ({ transaction }) => {
        await transaction?.query('select 1')
        return { output: {} }
      },
    }),
  ],
})
