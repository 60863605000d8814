// Every command of the pages that lead a newcomer is run, in order, against a server that was just installed.

import { afterAll, expect, test } from 'vitest'
import { blocksOf, readPages } from './pages.ts'
import { Walker } from './walker.ts'

const pages = await readPages()
const pageOf = (name: string) => {
  const page = pages.find(({ file }) => file === `docs/${name}.md`)
  if (page === undefined) throw new Error(`No page ${name}`)
  return page
}

const walker = await Walker.open('5000')
afterAll(() => walker.close())

/** What the readers of the other pages bring along. */
const withKey = `export URL=http://127.0.0.1:4000 KEY=$(npx countersign dev api-key)`

test('getting started: from the installation to an approved execution and its proof', async () => {
  await walker.walk(pageOf('getting-started'))
})

test('a sender like GitHub, one with Standard Webhooks, and a receiver that checks signatures', async () => {
  await walker.walk(pageOf('webhooks'), withKey)
})

test('a sender of CloudEvents', async () => {
  await walker.walk(pageOf('events'), `${withKey}\nURL=$URL/api/v1`)
})

test('a backup that is restored elsewhere has the same executions and the same audit', async () => {
  const commands = blocksOf(pageOf('operations'), 'sh').filter((block) =>
    /^npx countersign (backup|restore) /.test(block),
  )
  const [backup = '', restore = ''] = commands.map((block) => block.replace(/\S+\.backup/, 'all.backup'))
  const look = 'npx countersign audit verify; npx countersign executions list'
  // While a worker runs, it seals in the audit what has just ended.
  await walker.end('SIGINT')
  const before = await walker.run(`${backup}\n${look}`)
  expect(before).toContain('Verified')
  const elsewhere = 'export COUNTERSIGN_DATA=./restored; mkdir restored; cp .countersign/key restored/key'
  const after = await walker.run(`${elsewhere}\n${restore}\n${look}`)
  expect(lasting(after)).toBe(lasting(before))
})

/** What both say, without for how long those that are under way have been so, and without the log. */
function lasting(text: string): string {
  const said = text.replaceAll(/^\{"level".*\n/gm, '')
  return said.slice(said.indexOf('Verified')).replaceAll(/\s+(?:\d+(?:\.\d+)?(?:ms|s|m|h|d)\s)*/g, ' ')
}
