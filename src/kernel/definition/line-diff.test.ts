import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from './line-diff.ts'

const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
const diff = (before: string, after: string) => unifiedDiff(before, after, ['version 1', 'version 2'])

/** What patch(1) would make of it: context and removed lines must be there. */
function patched(before: string, patch: string): string {
  const lines = before.split('\n').slice(0, -1)
  const result: string[] = []
  let next = 0
  for (const line of patch.split('\n').slice(2, -1)) {
    const [, from, size] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? []
    if (from !== undefined) {
      const begin = Number(from) - (size === '0' ? 0 : 1)
      result.push(...lines.slice(next, begin))
      next = begin
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else {
      expect(lines[next]).toBe(line.slice(1))
      next++
      if (line.startsWith(' ')) result.push(line.slice(1))
    }
  }
  return text(...result, ...lines.slice(next))
}

test('texts that are the same have no difference', () => {
  expect(diff('a\nb\n', 'a\nb')).toBe('')
})

test('a change stands between three lines of what is around it, with both its places', () => {
  const before = text('1', '2', '3', '4', '5', '6', '7', '8', '9')
  expect(diff(before, before.replace('5\n', 'five\nand a half\n'))).toBe(
    text(
      '--- version 1',
      '+++ version 2',
      '@@ -2,7 +2,8 @@',
      ' 2',
      ' 3',
      ' 4',
      '-5',
      '+five',
      '+and a half',
      ' 6',
      ' 7',
      ' 8',
    ),
  )
})

test('changes that lie far apart are hunks of their own; nothing has no lines', () => {
  const before = text(...Array.from({ length: 20 }, (_, index) => `line ${index}`))
  const after = before.replace('line 1\n', '').replace('line 18\n', 'x\n')
  expect(diff(before, after).match(/^@@.*/gm)).toEqual(['@@ -1,5 +1,4 @@', '@@ -16,5 +15,5 @@'])
  expect(diff('', 'a\n')).toContain('@@ -0,0 +1 @@\n+a\n')
  expect(diff('a\n', '')).toContain('@@ -1 +0,0 @@\n-a\n')
})

test('applied to the one text, a difference gives the other', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', '- d'), { maxLength: 14 }).map((list) => text(...list))
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const patch = diff(before, after)
      expect(patch === '' ? before : patched(before, patch)).toBe(after)
    }),
  )
})

test('texts that have little in common are shown as replaced', () => {
  const lines = (name: string) => text('head', ...Array.from({ length: 700 }, (_, index) => `${name} ${index}`), 'tail')
  const patch = diff(lines('a'), lines('b'))
  expect(patched(lines('a'), patch)).toBe(lines('b'))
  expect(patch.match(/^[-+]/gm)).toHaveLength(1402)
})
