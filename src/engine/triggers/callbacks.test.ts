// What callbacks promise: an address that cannot be guessed or altered, for one step, while its execution lives.

import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { createTestTenant, newId, openTestDatabase } from '../../../tests/setup/database.ts'
import { endExecution, newExecution } from '../../../tests/setup/executions.ts'
import { createTestTriggers, problemOf, type TestTriggers, valueOf } from '../../../tests/setup/triggers.ts'
import { startExecutions } from '../../record/executions.ts'
import { readSignals } from '../../record/signals.ts'
import { type Callbacks, type CallbackStep, callbackToken, createCallbacks } from './callbacks.ts'

const database = openTestDatabase()
const key = randomBytes(32)
let house: TestTriggers
let callbacks: Callbacks
let step: CallbackStep

beforeEach(async () => {
  house = createTestTriggers(database)
  callbacks = createCallbacks({ ...house, key })
  const tenantId = (await createTestTenant(database)).id
  const { workflowId, versionId } = await house.save(tenantId, { name: 'render' })
  const execution = newExecution(tenantId, { workflowId, versionId })
  await startExecutions(database.engine, [execution])
  step = { tenantId, executionId: execution.id, step: 'ask_renderer', item: undefined, repeats: 0 }
})

test('what is posted to the address reaches the step', async () => {
  expect(valueOf(await callbacks.receive(callbackToken(key, step), { url: 'x' }))).toEqual({
    executionId: step.executionId,
  })
  valueOf(await callbacks.receive(callbackToken(key, { ...step, item: 0, repeats: 2 }), null))
  const signals = await readSignals(database.engine, [step])
  expect(signals.toSorted((a, b) => (a.item ?? -1) - (b.item ?? -1))).toMatchObject([
    { kind: 'callback', step: 'ask_renderer', item: undefined, data: { data: { url: 'x' }, repeats: 0 } },
    { kind: 'callback', step: 'ask_renderer', item: 0, data: { data: null, repeats: 2 } },
  ])
})

test('an address is short and safe in a URL', () => {
  const token = callbackToken(key, step)
  expect(token).toMatch(/^[\w.-]+$/)
  expect(encodeURIComponent(token)).toBe(token)
  expect(token.length).toBeLessThan(100)
})

test('an address that was altered anywhere, or made with another key, leads nowhere', async () => {
  const token = callbackToken(key, step)
  const altered = [...token].map(
    (char, index) => token.slice(0, index) + (char === 'A' ? 'B' : 'A') + token.slice(index + 1),
  )
  const others = [
    callbackToken(randomBytes(32), step),
    '',
    '.',
    token.slice(0, -1),
    `${token}.`,
    token.replace('-', '0'),
    `${token}AAAA`,
  ]
  for (const forged of [...altered, ...others]) {
    // The last character of base64url has bits to spare, which decoding drops.
    if (
      Buffer.from(forged.slice(-22), 'base64url').equals(Buffer.from(token.slice(-22), 'base64url')) &&
      forged.slice(0, -22) === token.slice(0, -22)
    )
      continue
    expect(problemOf(await callbacks.receive(forged, {}))).toEqual({
      code: 'not_found',
      message: 'Nothing waits at this address.',
    })
  }
})

test('an address of an execution that is gone leads nowhere; one of an execution that has ended says so', async () => {
  const gone = callbackToken(key, { ...step, executionId: newId() })
  expect(problemOf(await callbacks.receive(gone, {})).code).toBe('not_found')
  await endExecution(database, step.executionId, 'completed')
  expect(problemOf(await callbacks.receive(callbackToken(key, step), {}))).toEqual({
    code: 'conflict',
    message: 'The execution of "render" has ended (completed); nothing waits here any more.',
  })
})

test('what is too large is refused', async () => {
  const result = await callbacks.receive(callbackToken(key, step), 'x'.repeat(1001))
  expect(problemOf(result).code).toBe('payload_too_large')
})

test('an address that was signed before the key was changed is taken as long as the old key is known', async () => {
  const [former, unknown] = [randomBytes(32), randomBytes(32)]
  const rotated = createCallbacks({ ...house, key, knownKeys: async () => [key, former] })
  valueOf(await rotated.receive(callbackToken(former, step), {}))
  expect(problemOf(await rotated.receive(callbackToken(unknown, step), {})).code).toBe('not_found')
})
