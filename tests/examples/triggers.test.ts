// Examples that are started or woken by something else: events, webhooks, other workflows.

import { describe, expect, it } from 'vitest'
import { openExampleHouse } from './example-house.ts'

describe('payment-wait', () => {
  it('goes on at the payment of its own invoice', async () => {
    const house = await openExampleHouse()
    await house.save('payment-wait')
    const id = await house.start('payment-wait', { invoice_id: 'INV-7' })
    await house.waiting(id, 'payment')
    await house.publish('payment.received', { invoice_id: 'INV-8', amount: 5 })
    await house.publish('payment.received', { invoice_id: 'INV-7', amount: 120 })
    expect(await house.ended(id)).toEqual({
      status: 'completed',
      output: { paid: true },
      path: ['payment: completed', 'thank: completed'],
    })
    expect(house.lines).toContain('Invoice INV-7 is paid: 120 EUR')
  })

  it('says so when no payment comes in time', async () => {
    const house = await openExampleHouse()
    await house.save('payment-wait')
    const id = await house.start('payment-wait', { invoice_id: 'INV-7', patience: '1ms' })
    expect(await house.ended(id)).toMatchObject({
      output: { paid: false },
      path: ['payment: expired', 'remind: completed'],
    })
  })
})

describe('incident-webhook', () => {
  const incident = { service: 'checkout', severity: 'critical', summary: 'Payments time out' }

  it('starts when something is posted to its address, and tells those on call', async () => {
    const house = await openExampleHouse()
    const { tokens } = await house.save('incident-webhook')
    const id = await house.postWebhook(tokens[0]?.token ?? '', incident)
    expect(await house.ended(id ?? '')).toEqual({
      status: 'completed',
      output: { branch: 'page' },
      path: ['route: page', 'page: completed'],
    })
    expect(await house.notes()).toMatchObject([
      { to: 'Cleo', title: 'CRITICAL: checkout', message: 'Payments time out' },
      { to: 'Dora' },
    ])
  })

  it('starts nothing for what its filter leaves out', async () => {
    const house = await openExampleHouse()
    const { tokens } = await house.save('incident-webhook')
    expect(await house.postWebhook(tokens[0]?.token ?? '', { ...incident, severity: 'info' })).toBeUndefined()
  })

  it('writes a warning down', async () => {
    const house = await openExampleHouse()
    await house.save('incident-webhook')
    const id = await house.start('incident-webhook', { ...incident, severity: 'warning' })
    expect(await house.ended(id)).toMatchObject({ path: ['route: note', 'note: completed'] })
    expect(house.lines).toContain('checkout: Payments time out')
  })
})

it('onboarding runs a child for each system and returns what they returned', async () => {
  const house = await openExampleHouse()
  await house.save('onboarding-account')
  await house.save('onboarding')
  const id = await house.start('onboarding', { person: 'Ana Lima', systems: ['mail', 'wiki'] })
  expect(await house.ended(id)).toMatchObject({
    status: 'completed',
    output: { accounts: ['mail/ana.lima', 'wiki/ana.lima'] },
  })
  expect(house.lines).toEqual(
    expect.arrayContaining(['mail/ana.lima is there', 'wiki/ana.lima is there', 'Ana Lima has 2 accounts']),
  )
})

describe('data-quality', () => {
  it('sends bad data back with everything that is wrong', async () => {
    const house = await openExampleHouse()
    await house.save('data-quality')
    const { output, path } = await house.ended(
      await house.start('data-quality', { product: { sku: 'A1', price: -1, name: 'Lamp' } }),
    )
    expect(path).toEqual(['check: invalid', 'send_back: completed'])
    expect(output).toMatchObject({
      valid: false,
      problems: ['The price must be above 0', expect.stringContaining('`name`')],
    })
  })

  it('fills in the currency of good data', async () => {
    const house = await openExampleHouse()
    await house.save('data-quality')
    const id = await house.start('data-quality', { product: { sku: 'A1', price: 12.5, name: 'Desk lamp' } })
    expect(await house.ended(id)).toEqual({
      status: 'completed',
      output: { valid: true, problems: [] },
      path: ['check: valid', 'publish: completed'],
    })
  })
})

it('chained-follow-up starts after data-quality found bad data, and not after good data', async () => {
  const house = await openExampleHouse()
  await house.save('data-quality')
  await house.save('chained-follow-up')
  await house.ended(await house.start('data-quality', { product: { sku: 'A1', price: 12.5, name: 'Desk lamp' } }))
  await house.ended(await house.start('data-quality', { product: { sku: 'A1', price: -1, name: 'Desk lamp' } }))
  const follower = await house.durable.entry(({ event }) => event.type === 'step.completed' && event.step === 'ask')
  expect(await house.ended(follower.executionId)).toMatchObject({ output: { problems: ['The price must be above 0'] } })
  expect(await house.executionsOf('chained-follow-up')).toHaveLength(1)
})
