import { once } from 'node:events'
import { beforeAll, expect, test } from 'vitest'
import { type Installation, install } from './program.ts'

const order = ['run', 'examples/purchase-order-approval.yaml', '--input', 'order_id=PO-1']

let house: Installation
beforeAll(async () => {
  house = await install()
})

test('run works on a fresh directory, and every line of --json is an event', async () => {
  const { code, out, err } = await house.run([...order, '--input', 'amount=12000', '--json'])
  expect({ code, err }).toMatchObject({ code: 0 })
  const events: { type: string; steps?: unknown[] }[] = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.at(0)?.type).toBe('workflow.started')
  expect(events.at(-1)).toMatchObject({ type: 'workflow.completed', output: { sent: true } })
  expect(events.at(-1)?.steps).toContainEqual({ id: 'sign_off', status: 'skipped' })
})

test('an approval is given from another process, and the execution goes on there', async () => {
  const parked = await house.run([...order, '--input', 'amount=62000'])
  expect(parked.code).toBe(3)
  const [, id = ''] = /npx countersign approve (\S+)/.exec(parked.out) ?? []
  const approved = await house.run(['approve', id, '--follow'])
  expect(approved).toMatchObject({ code: 0 })
  expect(approved.out).toContain('send: completed')
})

test('serve and run share one data directory: run finds the server and only follows', async () => {
  const serving = house.start(['serve'])
  const [, url = ''] = await serving.says(/Countersign is ready at (http:\S+) /)
  expect((await fetch(`${url}/health`)).status).toBe(200)
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  const { code, out } = await house.run([...order, '--input', 'amount=12000'])
  expect(code).toBe(0)
  expect(out).toContain('Completed in')
  expect((await house.run(['doctor'])).out).toContain('✓ workers   1 is alive.')
  serving.child.kill('SIGTERM')
  expect(await serving.ended).toMatchObject({ code: 0 })
})

test('what a killed process left is finished by the next one', async () => {
  const killed = house.start(['run', 'examples/payment-wait.yaml', '--input', 'invoice_id=INV-7'])
  await killed.says(/waits for the event payment.received/)
  const [, id = ''] =
    /([0-9a-f-]{36})/.exec((await house.run(['executions', 'list', '--limit', '1', '--json'])).out) ?? []
  killed.child.kill('SIGKILL')
  await killed.ended
  await house.run(['events', 'send', 'payment.received', '--data', 'invoice_id=INV-7', '--data', 'amount=120'])
  const { code, out } = await house.run(['executions', 'follow', id], { COUNTERSIGN_LEASE: '2s' })
  expect(code).toBe(0)
  expect(out).toContain('Completed in')
})

test('Ctrl-C leaves an execution and says how it goes on', async () => {
  const running = house.start(['run', 'examples/payment-wait.yaml', '--input', 'invoice_id=INV-8'])
  await running.says(/waits for the event/)
  running.child.kill('SIGINT')
  const { code, out } = await running.ended
  expect(code).toBe(130)
  expect(out).toContain('npx countersign executions follow')
})

test('a reader that goes away ends nothing with an error', async () => {
  const listing = house.start(['workflows', 'list'])
  listing.child.stdout.destroy()
  await once(listing.child, 'close')
  expect(listing.child.exitCode).toBe(0)
  expect((await listing.ended).err).toBe('')
})
