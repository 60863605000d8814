// What the names of started workflows promise.

import { expect, test } from 'vitest'
import { childNamesOf } from './child-names.ts'

test('each workflow that steps and compensations start is named once', () => {
  const run = (workflow: string) => ({ action: 'workflow.run', config: { workflow } })
  const steps = [
    { id: 'a', ...run('ship') },
    { id: 'b', ...run('ship'), compensate: run('take-back') },
    { id: 'c', action: 'log', config: { workflow: 'none' } },
  ]
  expect(childNamesOf({ steps })).toEqual(['ship', 'take-back'])
})

test('one that an expression names is not known', () => {
  const steps = [
    { id: 'a', action: 'workflow.run', config: { workflow: '{{ inputs.name }}' } },
    { id: 'b', action: 'workflow.run' },
  ]
  expect(childNamesOf({ steps })).toEqual([])
})
