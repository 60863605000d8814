// notification.send: tells members something in the inbox, by e-mail, or in a Slack-compatible channel.

import { z } from 'zod'
import { impactOfCall } from './call-impact.ts'
import { ActionError, audience, defineAction } from '../kit.ts'
import type { ActionContext, Recipient } from '../kit.ts'
import { requireStatus } from './http-answer.ts'
import { headerText } from './mail-address.ts'

const config = z
  .strictObject({
    to: audience.describe('Who is told: a role, a council, or members'),
    title: headerText.min(1).max(200).optional().describe('One line; the subject of the e-mail'),
    message: z.string().min(1).max(10_000).describe('What to say'),
    channels: z
      .array(z.enum(['in_app', 'email', 'slack']))
      .min(1)
      .default(['in_app'])
      .describe('in_app: the inbox, exactly once; email: one mail to each; slack: one post to slack_webhook_url'),
    slack_webhook_url: z
      .string()
      .min(1)
      .optional()
      .describe('An incoming webhook of Slack or of a service that understands its format'),
  })
  .refine(({ channels, slack_webhook_url: url }) => url !== undefined || !channels.includes('slack'), {
    message: 'is needed for the channel slack',
    path: ['slack_webhook_url'],
  })

type Context = ActionContext<z.output<typeof config>>

export const notificationSend = defineAction({
  name: 'notification.send',
  title: 'Notify members',
  description: 'Tells a role, a council or members something. Fails when nobody would be told.',
  config,
  output: z.strictObject({
    recipients: z.int().describe('How many members were told'),
    channels: z.array(z.string()),
  }),
  impact: ({ channels, slack_webhook_url: url = '' }, surroundings) => {
    if (channels.includes('email'))
      return { impact: 'C', reason: 'notification.send sends e-mails, which leave the company.' }
    return channels.includes('slack') ? impactOfCall('notification.send', url, surroundings) : 'A'
  },
  effect: 'external',
  examples: [
    {
      title: 'Tell the buyers',
      config: { to: { role: 'buyer' }, message: 'PO {{ trigger.order_id }} could not be sent' },
    },
    {
      title: 'In the inbox and in a channel',
      config: {
        to: { council: 'media' },
        message: 'The site is live',
        channels: ['in_app', 'slack'],
        slack_webhook_url: '{{ secrets.SLACK_WEBHOOK }}',
      },
    },
  ],
  async run(context) {
    const { to, title, message, channels } = context.config
    const recipients = await context.recipients(to)
    if (recipients.length === 0)
      throw new ActionError(
        'not_found',
        `Nobody to notify: ${showAudience(to)} has no members. Add one or name somebody else.`,
      )
    if (channels.includes('email')) await mailEach(context, recipients)
    if (channels.includes('slack')) await post(context)
    const note = {
      write: 'notification' as const,
      to: recipients.map(({ id }) => id),
      message,
      ...(title !== undefined && { title }),
    }
    return { output: { recipients: recipients.length, channels }, writes: channels.includes('in_app') ? [note] : [] }
  },
})

/** One mail each, so that nobody sees the others; each with a key of its own, so that a second attempt repeats none as new. */
async function mailEach(
  { config: { title, message }, doors, idempotencyKey, signal }: Context,
  recipients: readonly Recipient[],
): Promise<void> {
  const subject = title ?? message.replaceAll(/[\p{Cc}\s]+/gu, ' ').slice(0, 100)
  for (const { id, email } of recipients) {
    await doors.mail({ to: [email], subject, text: message }, `${idempotencyKey}:${id}`, signal)
  }
}

async function post({
  config: { title, message, slack_webhook_url: url = '' },
  doors,
  idempotencyKey,
  signal,
}: Context): Promise<void> {
  const text = title === undefined ? message : `*${title}*\n${message}`
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
  const response = await doors.http({ method: 'POST', url, headers, body: JSON.stringify({ text }) }, signal)
  // The path of such a webhook is its password, so the message does not name it.
  requireStatus('The Slack webhook', response)
}

function showAudience(to: Context['config']['to']): string {
  if ('role' in to) return `the role "${to.role}"`
  return 'council' in to ? `the council "${to.council}"` : to.members.join(', ')
}
