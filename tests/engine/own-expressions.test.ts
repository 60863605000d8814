import { expect, test } from 'vitest'
import { startTestEngine } from './engine.test-kit.ts'

const engine = await startTestEngine()

test('wait_for_event goes on waiting until its where is true of an event', async () => {
  const id = await engine.start(
    {
      name: 'large-payment',
      inputs: { least: { type: 'number' } },
      steps: [
        {
          id: 'paid',
          action: 'wait_for_event',
          config: { event: 'payment.received', where: '{{ event.amount >= inputs.least }}' },
        },
      ],
      output: '{{ steps.paid.output.data.amount }}',
    },
    { least: 100 },
  )
  await engine.seen(id, (event) => event.type === 'step.waiting')
  const arrive = (amount: number) =>
    engine.signal(id, 'event', { event: 'payment.received', id: `${amount}`, data: { amount } }, 'paid')
  await arrive(20)
  await arrive(300)
  const { execution, events } = await engine.ended(id)
  expect(execution.output).toBe(300)
  expect(events.map((event) => event.type)).toEqual(['step.waiting', 'step.completed', 'execution.ended'])
})
