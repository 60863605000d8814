// What the anchor of a comment promises.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineNow } from './line-anchor.ts'

const text = 'name: greet\nsteps:\n  - id: say\n    action: log\n  - id: done\n    action: log'

test('a line goes with what is added and removed around it', () => {
  expect(lineNow(text, 3, `# first\n${text}`)).toBe(4)
  expect(lineNow(text, 5, text.replace('  - id: say\n    action: log\n', ''))).toBe(3)
  expect(lineNow(text, 2, `${text}\n# last`)).toBe(2)
})

test('a line that was changed or removed has vanished', () => {
  expect(lineNow(text, 3, text.replace('say', 'tell'))).toBeUndefined()
  expect(lineNow(text, 1, '')).toBeUndefined()
  expect(lineNow(text, 7, text)).toBeUndefined()
})

test('between two changes the nearest line with the same words is meant', () => {
  const before = 'a\nx\nb\nx\nc'
  expect(lineNow(before, 4, 'A\nx\nb\nx\nC')).toBe(4)
  expect(lineNow(before, 3, 'A\nb\nC')).toBe(2)
  expect(lineNow('a\n\nc', 2, 'A\n\nC')).toBeUndefined()
})

test('wherever it finds a line, the words are those of the line, and a text that did not change keeps its numbers', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(texts, texts, fc.nat(7), (old, young, place) => {
      const line = (place % old.length) + 1
      const now = lineNow(old.join('\n'), line, young.join('\n'))
      if (now !== undefined) expect(young[now - 1]).toBe(old[line - 1])
      expect(lineNow(old.join('\n'), line, old.join('\n'))).toBe(line)
    }),
  )
})
