// What keeping approvals promises when processes do it side by side and die in the middle: each end and each reminder once.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { auditOf } from '../setup/audit.ts'
import { databaseKey, openOwnDatabase } from '../setup/database.ts'
import { dayMs, hourMs, openMailHouse } from './mail-house.test-kit.ts'

const house = await openMailHouse(await openOwnDatabase())
const { database } = house

/** A process that keeps approvals now; how it ended. */
async function keeper(dies: { readonly settles?: number; readonly ids?: number }): Promise<string | number> {
  const config = { address: database.address, key: databaseKey().toString('hex'), now: house.now(), ...dies }
  const child = fork(new URL('keeper-process.ts', import.meta.url), [JSON.stringify(config)], { stdio: 'inherit' })
  const [code, signal] = await once(child, 'exit')
  return signal ?? code
}

test('of processes that are killed in the middle of a batch nothing is left half done, and nothing is done twice', async () => {
  const tenant = await house.tenant()
  const count = 12
  const ending: string[] = []
  for (let number = 0; number < count; number++) {
    ending.push(await house.ask(tenant, { summary: `Ends ${number}`, expiresAt: new Date(house.now() + 5 * hourMs) }))
    await house.ask(tenant, { summary: `Waits ${number}`, expiresAt: new Date(house.now() + 9 * dayMs) })
  }
  await house.keep()
  await database.engine.query('delete from outgoing_mails')
  await database.engine.query('delete from notifications')
  house.moveClock(dayMs)
  // Each dies over the third that it ends; then whichever has the reminders dies over them.
  expect(await Promise.all([keeper({ settles: 3 }), keeper({ settles: 3 })])).toEqual(['SIGKILL', 'SIGKILL'])
  expect(await Promise.all([keeper({ ids: 7 }), keeper({ ids: 7 })])).toContain('SIGKILL')
  await Promise.all([house.keep(), house.keep()])
  expect(house.troubles).toEqual([])
  const audit = await auditOf(database, tenant.id)
  const objects = (action: string) => audit.filter((entry) => entry.action === action).map(({ object }) => object.id)
  expect(objects('approval.expired').toSorted()).toEqual(ending.toSorted())
  // The last ones were settled here, by a handler that writes nothing of its own.
  expect(objects('draft.expired')).toHaveLength(count - house.subject.settled.length)
  expect(new Set(objects('approval.reminded')).size).toBe(count)
  expect(objects('approval.reminded')).toHaveLength(count)
  const { rows } = await database.engine.query(
    `select message, count(*)::integer as count, (select count(*)::integer from outgoing_mails m join approvals a
        on a.tenant_id = m.tenant_id and a.id = m.approval_id where a.summary = n.message) as mails
      from notifications n where tenant_id = $1 group by message order by min(created_at), message`,
    [tenant.id],
  )
  const expected = Array.from({ length: count }, (_, number) => ({ message: `Waits ${number}`, count: 2, mails: 2 }))
  expect(rows.toSorted((a, b) => Number(a.message.slice(6)) - Number(b.message.slice(6)))).toEqual(expected)
})
