// Examples that wait for people: approvals and forms.

import { describe, expect, it } from 'vitest'
import { openExampleHouse } from './example-house.ts'

const order = { order_id: 'PO-1', vendor: 'Acme', sku: 'A1', amount: 62_000 }

describe('purchase-order-approval', () => {
  it('waits for one finance manager above the limit, then tells the buyers', async () => {
    const house = await openExampleHouse()
    await house.save('purchase-order-approval')
    const id = await house.start('purchase-order-approval', order)
    await house.decide(await house.waiting(id, 'sign_off'), 'ben', 'approve')
    expect(await house.ended(id)).toEqual({
      status: 'completed',
      output: { order_id: 'PO-1', sent: true },
      path: ['stock: completed', 'sign_off: approved', 'send: completed', 'record: completed'],
    })
    expect(await house.notes()).toEqual([
      { to: 'Bea', message: 'Send PO-1 to Acme: 62000 EUR for A1.', title: 'Order PO-1 goes out' },
    ])
    expect(house.lines).toContain('Order PO-1 was sent')
  })

  it('asks nobody below the limit', async () => {
    const house = await openExampleHouse()
    await house.save('purchase-order-approval')
    const { status, path } = await house.ended(
      await house.start('purchase-order-approval', { ...order, amount: 12_000 }),
    )
    expect([status, path]).toEqual([
      'completed',
      ['stock: completed', 'sign_off: skipped', 'send: completed', 'record: completed'],
    ])
  })

  it('sends nothing when finance rejects, and says so', async () => {
    const house = await openExampleHouse()
    await house.save('purchase-order-approval')
    const id = await house.start('purchase-order-approval', order)
    await house.decide(await house.waiting(id, 'sign_off'), 'ana', 'reject')
    expect(await house.ended(id)).toMatchObject({
      output: { sent: false },
      path: ['stock: completed', 'sign_off: rejected', 'turned_down: completed'],
    })
    expect(await house.notes()).toMatchObject([{ message: 'Order PO-1 was not approved' }])
  })

  it('goes to the CFO when finance has not answered in time', async () => {
    const house = await openExampleHouse()
    await house.save('purchase-order-approval', (source) => source.replace('48h', '1s'))
    const id = await house.start('purchase-order-approval', order)
    await house.decide(await house.waiting(id, 'escalate'), 'cleo', 'approve')
    expect(await house.ended(id)).toMatchObject({
      output: { sent: true },
      path: ['stock: completed', 'sign_off: expired', 'escalate: approved', 'send: completed', 'record: completed'],
    })
  })
})

describe('expense-form', () => {
  const claim = { what: 'A train ride', amount: 89.5, spent_on: '2026-11-20' }

  it('pays a small claim as soon as the form is filled in', async () => {
    const house = await openExampleHouse()
    await house.save('expense-form')
    const id = await house.start('expense-form')
    await house.fill(await house.waiting(id, 'claim'), 'dora', claim)
    expect(await house.ended(id)).toEqual({
      status: 'completed',
      output: { paid: true },
      path: ['claim: submitted', 'size: small', 'pay: completed'],
    })
    expect(house.lines).toContain('Pay 89.5 EUR for A train ride')
  })

  it('has a large claim approved, by somebody who sees the answers', async () => {
    const house = await openExampleHouse()
    await house.save('expense-form')
    const id = await house.start('expense-form')
    await house.fill(await house.waiting(id, 'claim'), 'dora', { ...claim, amount: 890 })
    const wait = await house.waiting(id, 'agree')
    expect(await house.asked(wait)).toMatchObject({
      summary: '890 EUR for A train ride',
      details: { ...claim, amount: 890, category: 'travel' },
    })
    await house.decide(wait, 'ana', 'reject')
    expect(await house.ended(id)).toMatchObject({
      output: { paid: false },
      path: ['claim: submitted', 'size: large', 'agree: rejected', 'refuse: completed'],
    })
  })
})
