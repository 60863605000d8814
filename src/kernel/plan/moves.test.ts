import { expect, test } from 'vitest'
import { executionStatuses, isEnded, isMoveLegal } from './moves.ts'

test.each([
  ['cancel', 'queued running waiting paused'],
  ['pause', 'queued running waiting'],
  ['resume', 'paused'],
  ['retry', 'failed cancelled'],
  ['migrate', 'waiting paused'],
] as const)('%s is legal in: %s', (move, statuses) => {
  expect(executionStatuses.filter((status) => isMoveLegal(move, status))).toEqual(statuses.split(' '))
})

test('an execution has ended when it is completed, failed or cancelled', () => {
  expect(executionStatuses.filter(isEnded)).toEqual(['completed', 'failed', 'cancelled'])
})
