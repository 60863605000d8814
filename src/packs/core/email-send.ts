// email.send: one e-mail over the configured SMTP server.

import { z } from 'zod'
import { defineAction } from '../kit.ts'
import { headerText, isMailAddress, mailAddresses } from './mail-address.ts'

const config = z
  .strictObject({
    to: mailAddresses.describe('One address or a list: ana@example.com or Ana Lima <ana@example.com>'),
    cc: mailAddresses.optional().describe('Gets a copy, seen by all'),
    bcc: mailAddresses.optional().describe('Gets a copy, seen by nobody else'),
    reply_to: z
      .string()
      .min(1)
      .refine(isMailAddress, 'must be an e-mail address')
      .optional()
      .describe('Where answers go'),
    subject: headerText.min(1).max(500).describe('One line'),
    text: z.string().max(1_000_000).optional().describe('The message as plain text'),
    html: z.string().max(1_000_000).optional().describe('The message as HTML'),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, 'give text, html, or both')

export const emailSend = defineAction({
  name: 'email.send',
  title: 'Send e-mail',
  description:
    'Sends one e-mail. Each attempt carries the same Message-ID, so a receiver that deduplicates shows it once.',
  config,
  output: z.strictObject({
    message_id: z.string().describe('The Message-ID header'),
    accepted: z.array(z.string()).describe('The addresses that the mail server accepted'),
  }),
  impact: 'C',
  effect: 'external',
  examples: [
    {
      title: 'Confirm an order',
      config: {
        to: '{{ trigger.customer_email }}',
        subject: 'Your order {{ trigger.order_id }}',
        text: 'Thank you. We ship it tomorrow.',
      },
    },
  ],
  async run({ config: { to, cc, bcc, reply_to: replyTo, subject, text, html }, doors, idempotencyKey, signal }) {
    const mail = {
      to,
      subject,
      ...(cc && { cc }),
      ...(bcc && { bcc }),
      ...(replyTo && { replyTo }),
      ...(text && { text }),
      ...(html && { html }),
    }
    const { messageId, accepted } = await doors.mail(mail, idempotencyKey, signal)
    return { output: { message_id: messageId, accepted: [...accepted] } }
  },
})
