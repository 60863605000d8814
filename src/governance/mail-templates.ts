// The mails about approvals. They name what is asked and lead to a page: the arguments themselves stay in the house.

import { impactWords, sayMoment } from './approval-words.ts'

export interface ApprovalLetter {
  readonly occasion: 'asked' | 'escalated' | 'changed' | 'reminder'
  readonly summary: string
  readonly workflow: string | null
  readonly askedBy: string | null
  readonly impact: 'A' | 'B' | 'C' | null
  readonly whenTimeIsUp: string
  readonly url: string
  readonly linkExpiresAt: Date
}

/** What stands above a notification, and before the summary in a subject. */
export const occasionTitles = {
  asked: 'Your approval is asked for',
  escalated: 'Escalated to you: your approval is asked for',
  changed: 'An approver has changed it: your approval is asked for',
  reminder: 'Reminder: your approval is asked for',
} as const satisfies Record<ApprovalLetter['occasion'], string>

const withinSubject = /^.{0,150}/su

export function approvalMail(letter: ApprovalLetter): { readonly subject: string; readonly text: string } {
  const { occasion, summary, workflow, askedBy, impact, whenTimeIsUp, url, linkExpiresAt } = letter
  const facts = [
    ...(askedBy === null ? [] : [`Asked by: ${oneLine(askedBy)}`]),
    ...(workflow === null ? [] : [`Workflow: ${workflow}`]),
    ...(impact === null ? [] : [`Impact class: ${impactWords[impact]}`]),
  ]
  const text = [
    `${occasionTitles[occasion]}:`,
    `  ${oneLine(summary)}`,
    ...(facts.length === 0 ? [] : [facts.join('\n')]),
    whenTimeIsUp,
    `Read the whole of it, then approve or reject:\n${url}`,
    `Opening the link decides nothing. It is yours alone, it works once, and it expires at ${sayMoment(linkExpiresAt)}. ` +
      'Whoever has it can decide in your name: do not forward this mail.',
  ].join('\n\n')
  return { subject: cut(`${occasionTitles[occasion]}: ${oneLine(summary)}`), text: `${text}\n` }
}

/** A header takes no line break, and what somebody wrote must not look like a paragraph of ours. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

function cut(subject: string): string {
  const [begin = ''] = withinSubject.exec(subject) ?? []
  return begin === subject ? subject : `${begin}…`
}
