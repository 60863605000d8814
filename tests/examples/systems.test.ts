// Examples that work with other systems: HTTP servers and a mail server, which run here for real.

import { describe, expect, it, onTestFinished } from 'vitest'
import { startDesk } from '../../examples/servers/desk.ts'
import type { RunningServer } from '../../examples/servers/listen.ts'
import { startOrders } from '../../examples/servers/orders.ts'
import { startShop } from '../../examples/servers/shop.ts'
import { startSupplier } from '../../examples/servers/supplier.ts'
import { serveSmtp } from '../../src/engine/doors/smtp-server.test-kit.ts'
import { openExampleHouse } from './example-house.ts'

async function running(server: Promise<RunningServer>): Promise<RunningServer> {
  const started = await server
  onTestFinished(() => started.close())
  return started
}

const asked = ({ received }: RunningServer): string[] => received.map(({ method, path }) => `${method} ${path}`)

it('nightly-report adds up the orders and mails them', async () => {
  const [orders, smtp] = [await running(startOrders(0)), await serveSmtp()]
  const house = await openExampleHouse({ SMTP_URL: smtp.url })
  await house.save('nightly-report')
  const id = await house.start('nightly-report', { source: orders.url, to: 'ana@acme.example' })
  expect(await house.ended(id)).toMatchObject({
    status: 'completed',
    output: { count: 4, paid: 140.4, open: ['O-2'], largest: { id: 'O-4' } },
    path: ['orders: completed', 'totals: completed', 'mail: completed'],
  })
  expect(smtp.delivered.map(({ to, mail }) => [to, mail.subject])).toEqual([
    [['ana@acme.example'], 'Orders: 4, paid 140.4 EUR'],
  ])
  expect(smtp.delivered[0]?.mail.text).toContain('Largest: O-4 with 900 EUR')
})

describe('fan-out-partial-failure', () => {
  it('sends every invoice it can, and reports the ones it could not', async () => {
    const shop = await running(startShop(0))
    const house = await openExampleHouse()
    await house.save('fan-out-partial-failure')
    const id = await house.start('fan-out-partial-failure', { shop: shop.url })
    const { status, output, path } = await house.ended(id)
    expect([status, output]).toMatchObject(['completed', { sent: 3, failed: [{ customer: 'C-404' }] }])
    expect(path.filter((step) => step.startsWith('invoice[')).toSorted()).toEqual([
      'invoice[0]: completed',
      'invoice[1]: completed',
      'invoice[2]: failed',
      'invoice[3]: completed',
    ])
    expect(path.slice(4)).toEqual(['all_sent: false', 'report: completed', 'tell: completed'])
    expect(asked(shop)).toHaveLength(4)
    expect(house.lines).toContain('1 of 4 customers got no invoice')
  })

  it('reports nothing when all were sent', async () => {
    const shop = await running(startShop(0))
    const house = await openExampleHouse()
    await house.save('fan-out-partial-failure')
    const id = await house.start('fan-out-partial-failure', { shop: shop.url, customers: ['C-1', 'C-2'] })
    expect(await house.ended(id)).toMatchObject({ output: { sent: 2, failed: [] } })
  })
})

describe('order-saga', () => {
  it('undoes what was done, last first, when shipping fails', async () => {
    const shop = await running(startShop(0))
    const house = await openExampleHouse()
    await house.save('order-saga')
    const id = await house.start('order-saga', { shop: shop.url, order_id: 'O-7', city: 'Nowhere' })
    expect(await house.ended(id)).toEqual({
      status: 'failed',
      output: null,
      path: ['reserve: completed', 'charge: completed', 'ship: failed', 'undo charge', 'undo reserve'],
    })
    expect(asked(shop)).toEqual([
      'PUT /reservations/O-7',
      'PUT /charges/O-7',
      'PUT /shipments/O-7',
      'DELETE /charges/O-7',
      'DELETE /reservations/O-7',
    ])
    expect(new Set(shop.received.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(5)
  })

  it('undoes nothing when the order arrives', async () => {
    const shop = await running(startShop(0))
    const house = await openExampleHouse()
    await house.save('order-saga')
    const id = await house.start('order-saga', { shop: shop.url, order_id: 'O-7', city: 'Lisbon' })
    expect(await house.ended(id)).toMatchObject({ status: 'completed', output: { order_id: 'O-7', shipment: 'O-7' } })
    expect(asked(shop)).toHaveLength(3)
  })
})

it('supplier-callback waits for the quote that the supplier posts to the address it was given', async () => {
  const house = await openExampleHouse()
  const supplier = await running(startSupplier(0, (url, quote) => house.postCallback(url, quote)))
  await house.save('supplier-callback')
  const id = await house.start('supplier-callback', { supplier: supplier.url, quantity: 40 })
  expect(await house.ended(id)).toEqual({
    status: 'completed',
    output: { total: 490 },
    path: ['quote: completed', 'check: valid'],
  })
  expect(supplier.received).toMatchObject([{ path: '/quotes', body: { sku: 'A1', quantity: 40 } }])
})

describe('sla-reminder', () => {
  it('tries a desk that is down again, and escalates a ticket that nobody takes', async () => {
    const desk = await running(startDesk(0))
    const house = await openExampleHouse()
    await house.save('sla-reminder')
    const id = await house.start('sla-reminder', { desk: desk.url, quiet: '1ms', answer_in: '1ms' })
    expect(await house.ended(id)).toEqual({
      status: 'completed',
      output: { ticket: 'T-3', escalated: true },
      path: ['open: completed', 'quiet: completed', 'taken: expired', 'escalate: completed'],
    })
    expect(desk.received).toHaveLength(3)
    expect(new Set(desk.received.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    expect(await house.notes()).toMatchObject([{ to: 'Ana', message: 'Nobody took ticket T-3 within 1ms' }])
  })

  it('tells nobody when somebody takes it', async () => {
    const desk = await running(startDesk(0))
    const house = await openExampleHouse()
    await house.save('sla-reminder')
    const id = await house.start('sla-reminder', { desk: desk.url, quiet: '1ms' })
    await house.decide(await house.waiting(id, 'taken'), 'dora', 'approve')
    expect(await house.ended(id)).toMatchObject({ output: { escalated: false } })
    expect(await house.notes()).toEqual([])
  })
})
