import { expect, test } from 'vitest'
import { compileValue } from './compile.ts'
import { usedScope } from './scope.ts'

const scope = {
  trigger: { a: 1 },
  inputs: { b: 2 },
  steps: { one: { output: 1 }, two: { output: 2 } },
  secrets: { KEY: 'k' },
}
const used = (...sources: readonly string[]) => {
  const { references } = compileValue(
    sources.map((source) => `{{ ${source} }}`),
    { secrets: true },
  )
  return usedScope(references, scope)
}

test('only what is read is sent to another thread', () => {
  expect(used('trigger.a')).toEqual({ trigger: { a: 1 } })
  expect(used('steps.two.output + 1', '1')).toEqual({ steps: { two: { output: 2 } } })
  expect(used('steps[trigger.x].output', 'steps.one')).toEqual({ steps: scope.steps, trigger: { a: 1 } })
  expect(used('vars.x')).toEqual({})
})

test('steps that are no object are sent as they are', () => {
  const { references } = compileValue('{{ steps.a.b }}')
  expect(usedScope(references, { steps: [] })).toEqual({ steps: [] })
})
