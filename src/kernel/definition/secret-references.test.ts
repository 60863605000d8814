// Which secrets a workflow uses: those its expressions name, wherever a secret may stand.

import { expect, test } from 'vitest'
import { secretNamesOf } from './secret-references.ts'

test('the names that configs and compensations read, each once, also beside mistakes', () => {
  const steps = [
    { id: 'a', action: 'x', config: { deep: [{ key: 'Bearer {{ secrets.A }}' }, '{{ secrets["B"] + secrets.A }}'] } },
    { id: 'b', action: 'x', compensate: { action: 'y', config: { own: '{{ event.id == secrets.C }}' } } },
    {
      id: 'c',
      action: 'x',
      compensate: { action: 'y' },
      config: { text: 'secrets.D', broken: '{{ secrets }} {{ 1 + }}' },
    },
  ]
  expect(secretNamesOf({ steps })).toEqual(['A', 'B', 'C'])
})

test('none where there are none', () => {
  expect(secretNamesOf({ steps: [{ id: 'a', action: 'log' }] })).toEqual([])
})
