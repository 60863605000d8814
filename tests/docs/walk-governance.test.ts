// The page that leads from a draft to the proof is walked, command by command, against a server that was just installed.

import { afterAll, expect, test } from 'vitest'
import { readPages } from './pages.ts'
import { Walker } from './walker.ts'

const walker = await Walker.open('5000')
afterAll(() => walker.close())

test('from a draft to the proof: two people countersign, it runs, and the same as an instant run', async () => {
  const page = (await readPages()).find(({ file }) => file === 'docs/from-draft-to-proof.md')
  expect(page).toBeDefined()
  if (page !== undefined) await walker.walk(page)
})
