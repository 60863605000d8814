// Every route × every role × objects of the caller's tenant and of another, and callers who are nobody: exactly the table of
// permissions, and of another tenant nothing but 404. Then once more with row-level security as the only line of defence.

import { afterAll, expect, test } from 'vitest'
import { routes } from '../../src/api/routes.ts'
import { type Cell, cellsOf } from './cells.ts'
import { furtherSamples } from './further-requests.ts'
import { openIsolationHouse, type Served } from './isolation-house.ts'
import { openOperations, samples } from './requests.ts'
import { sendCell } from './send-cell.ts'

const house = await openIsolationHouse()
afterAll(() => house.close())
const cells = cellsOf(routes, house.own, house.foreign, house.dead)
/** What stands in an answer that tells of the other tenant. */
const foreignMarks = [house.foreign.tenantId, 'of foreign', '@foreign.example', '-foreign', 'SECRET_FOREIGN']

/** What people decide with: tables that requests read by tenant. */
const governed = [
  ...['approvals', 'approval_votes', 'approval_comments', 'approval_delegations', 'absences', 'policy_changes'],
  ...['grants', 'drafts', 'draft_history', 'draft_comments', 'templates', 'template_flags'],
  ...['workflow_tests', 'workflow_test_runs'],
]

test('every operation is asked about, and those that are open are those that have to be', () => {
  const open = routes.filter(({ access }) => typeof access === 'object').map(({ operation }) => operation)
  expect(open.toSorted()).toEqual(openOperations.toSorted())
  const guarded = routes.filter(({ access }) => typeof access === 'string').map(({ operation }) => operation)
  expect(Object.keys(samples).toSorted()).toEqual(guarded.toSorted())
  expect(Object.keys(furtherSamples).filter((operation) => !guarded.includes(operation))).toEqual([])
})

test('each cell answers as the table of permissions says, and no answer tells of another tenant', async () => {
  const served = await house.serve({ withoutFilters: false })
  expect(await problemsOf(served)).toEqual([])
  say(`${cells.length} cells of ${routes.length} routes`)
})

test('row-level security alone keeps tenants apart', async () => {
  const served = await house.serve({ withoutFilters: true })
  expect(await problemsOf(served)).toEqual([])
  expect(served.removed()).toBeGreaterThan(cells.length)
  expect(governed.filter((table) => !served.tables.has(table))).toEqual([])
  say(`${cells.length} cells; ${served.removed()} conditions on the tenant were taken out of statements`)
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function problemsOf(served: Served): Promise<string[]> {
  const problems: string[] = []
  for (const cell of cells) problems.push(...(await problemsOfCell(served, cell)))
  return problems
}

async function problemsOfCell({ app, url }: Served, cell: Cell): Promise<string[]> {
  const { status, body } = await sendCell(app, url, cell)
  const mark = foreignMarks.find((text) => body.includes(text))
  // What the caller has named itself may be named back.
  const isTold = mark !== undefined && !JSON.stringify(cell.request).includes(mark)
  return [
    ...(cell.fits(status, body) ? [] : [`${cell.name}: ${status} instead of ${cell.wanted} ${body.slice(0, 160)}`]),
    ...(isTold ? [`${cell.name}: tells of ${mark}`] : []),
  ]
}
