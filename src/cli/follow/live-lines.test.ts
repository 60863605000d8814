import { expect, test } from 'vitest'
import { LiveLines } from './live-lines.ts'

function open() {
  const written: string[] = []
  return { written, lines: new LiveLines({ write: (raw) => void written.push(raw) }) }
}

test('lines are drawn over those before them', () => {
  const { written, lines } = open()
  lines.draw(['a', 'b'])
  lines.draw(['c'])
  expect(written).toEqual(['a\nb\n', '\u001B[2A\u001B[Jc\n'])
})

test('what has not changed is not drawn again', () => {
  const { written, lines } = open()
  lines.draw(['a'])
  lines.draw(['a'])
  expect(written).toEqual(['a\n'])
})

test('cleared lines are gone, kept lines stay', () => {
  const { written, lines } = open()
  lines.draw(['a'])
  lines.clear()
  lines.draw(['b'])
  lines.keep()
  lines.draw(['c'])
  expect(written).toEqual(['a\n', '\u001B[1A\u001B[J', 'b\n', 'c\n'])
})
