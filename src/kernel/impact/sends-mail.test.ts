// What telling mails apart promises.

import { expect, test } from 'vitest'
import { sendsMail } from './sends-mail.ts'

const notify = (channels?: string | string[]) => ({
  steps: [{ id: 'a', action: 'notification.send', config: channels === undefined ? {} : { channels } }],
})

test.each([
  ['email.send', { steps: [{ id: 'a', action: 'email.send' }] }],
  ['a compensation', { steps: [{ id: 'a', action: 'log', compensate: { action: 'email.send' } }] }],
  ['a notification by e-mail', notify(['in_app', 'email'])],
  ['a notification whose channels only an expression knows', notify('{{ inputs.channels }}')],
  ['a notification one of whose channels only an expression knows', notify(['{{ inputs.channel }}'])],
])('%s sends e-mails', (_, workflow) => {
  expect(sendsMail(workflow)).toBe(true)
})

test.each([
  ['log', { steps: [{ id: 'a', action: 'log', compensate: { action: 'log' } }] }],
  ['a notification in the inbox', notify()],
  ['a notification in a channel', notify(['slack'])],
  ['a notification without a config', { steps: [{ id: 'a', action: 'notification.send' }] }],
])('%s does not', (_, workflow) => {
  expect(sendsMail(workflow)).toBe(false)
})
