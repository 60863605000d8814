// The page about the audit names every deed that the code writes into it.

import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readPages, root } from './pages.ts'

/** No deeds: the action of a step, an event of the journal. */
const others = new Set(['approval.request', 'step.waiting'])

test('every action that governance records is in the table of docs/audit.md', async () => {
  const written = new Set<string>()
  for await (const file of glob('src/governance/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue
    const source = await readFile(`${root}${file}`, 'utf8')
    for (const [, action = ''] of source.matchAll(/'([a-z_]+\.[a-z_]+)'/g)) written.add(action)
  }
  expect(written.size).toBeGreaterThan(50)
  const page = (await readPages()).find(({ file }) => file === 'docs/audit.md')?.text ?? ''
  expect([...written].filter((action) => !others.has(action) && !page.includes(`\`${action}\``))).toEqual([])
})
