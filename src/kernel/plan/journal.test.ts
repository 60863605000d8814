import { expect, test } from 'vitest'
import { tell } from '../../../tests/kernel/sample-plan.ts'
import { versionIdOf } from './journal.ts'

test('a retry may change over to another version, a migration does, and nothing else', () => {
  expect(versionIdOf(tell.retried([], { versionId: 'v' }))).toBe('v')
  expect(versionIdOf(tell.migrated())).toBe('mended')
  expect(versionIdOf(tell.retried())).toBeUndefined()
  expect(versionIdOf(tell.completed('a'))).toBeUndefined()
})
