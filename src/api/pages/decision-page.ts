// The page behind the link in a mail to an approver: what is asked, all of it, and a form that decides.
// cspell:ignore maxlength formnovalidate tabindex

import { z } from 'zod'
import type { LinkView } from '../../governance/approval-links.ts'
import { impactWords, sayApprovers, sayMoment, sayWhenTimeIsUp } from '../../governance/approval-words.ts'
import { rejectReasons } from '../../governance/reject-reasons.ts'
import { sayAgo } from '../../governance/time-ago.ts'
import type { Json } from '../../kernel/json.ts'
import type { Problem } from '../../kernel/problem.ts'
import { escaped, framedPage } from './frame.ts'

/** Asks for a decision; `shown` is what the form has to send back. */
export function decisionPage(view: LinkView, now: number, shown: string, problem?: Problem): string {
  const { approval, member } = view
  const body = `${facts(view, now)}<h2>What an approval does</h2><p>${escaped(effectOf(view))}</p>${whyOf(view)}${argumentsOf(view)}${form(view, shown)}`
  return framedPage({
    title: approval.summary,
    text: `Your approval is asked for, ${member?.name ?? ''}. Opening this page has decided nothing.`,
    isWide: true,
    body,
    problem,
  })
}

/** Says why nothing can be decided here. What was asked stays out of sight. */
export function closedPage(title: string, problem: Problem): string {
  const text = [problem.message, problem.hint].filter(Boolean).join(' ')
  return framedPage({ title, text, body: '<p>Nothing can be decided with this link any more.</p>' })
}

function facts({ approval, askedBy, standing, count }: LinkView, now: number): string {
  const { workflow, impact, approvers } = approval
  const voted = standing.votes.map(({ name, vote, reason, createdAt }) => {
    const deed = vote === 'approve' ? 'approved' : 'rejected'
    return `${name} ${deed} ${sayAgo(createdAt, now)}${reason === null ? '' : `: “${reason}”`}`
  })
  const rows: readonly (readonly [string, string | null])[] = [
    ['Asked by', askedBy],
    ['Workflow', workflow],
    ['Impact class', impact === null ? null : impactWords[impact]],
    ['May decide', sayApprovers(approvers)],
    ['Votes', [`${count.approvals} of ${count.needed} approved`, ...voted].join('\n')],
    ['Since', sayMoment(approval.createdAt)],
    ['When time is up', sayWhenTimeIsUp(approval)],
  ]
  const list = rows.flatMap(([name, text]) =>
    text === null ? [] : [`<dt>${name}</dt><dd>${escaped(text).replaceAll('\n', '<br>')}</dd>`],
  )
  return `<dl>${list.join('')}</dl>`
}

const actWords: Readonly<Record<string, string>> = {
  activate_workflow: 'The workflow becomes active.',
  enable_schedule: 'Its schedule is switched on.',
  send_emails: 'It may send e-mails.',
}

function effectOf({ approval: { kind, acts, step } }: LinkView): string {
  switch (kind) {
    case 'step':
      return `With enough approvals the execution goes on from step ${step ?? ''}.`
    case 'run':
      return `With enough approvals step ${step ?? ''} runs, which is held until then, with exactly what is shown here.`
    case 'activation':
      return acts.map((act) => actWords[act] ?? act).join(' ')
    case 'draft':
      return 'With enough approvals the draft can be converted, and run.'
    case 'template':
      return 'With enough approvals the template is pre-approved: it runs at once, without further review.'
    case 'policy':
      return 'With enough approvals the policy of the tenant changes.'
  }
}

const reasonsShape = z.object({ reasons: z.array(z.object({ step: z.string(), reason: z.string() })).min(1) })

/** What makes it critical, by step: what an approver has to think about first. */
function whyOf({ approval: { impact, details } }: LinkView): string {
  const found = reasonsShape.safeParse(details)
  if (!found.success || impact === null) return ''
  const items = found.data.reasons.map(
    ({ step, reason }) => `<li><code>${escaped(step)}</code>: ${escaped(reason)}</li>`,
  )
  return `<h2>Why it is of class ${impact}</h2><ul>${items.join('')}</ul>`
}

function argumentsOf({ approval: { kind, details, content, edit }, standing }: LinkView): string {
  const isCall = kind === 'step' || kind === 'run'
  return [
    // All that is said of an activation stands above.
    kind === 'activation' ? '' : block(isCall ? 'Exact arguments' : 'Details', details),
    block('What is signed', content),
    block('As an approver has changed it: this is what is decided', edit),
    `<p class="print">Fingerprint of what is signed (SHA-256):<br><code>${escaped(standing.hash)}</code></p>`,
  ].join('')
}

const mostCharacters = 50_000

function block(title: string, value: Json): string {
  if (value === null) return ''
  const text = JSON.stringify(value, null, 2)
  const cut =
    text.length > mostCharacters ? `${text.slice(0, mostCharacters)}\n… cut: read the rest in Countersign` : text
  return `<h2>${title}</h2><pre tabindex="0">${escaped(cut)}</pre>`
}

function form({ approval: { impact } }: LinkView, shown: string): string {
  const once =
    impact === 'C'
      ? '<label class="check"><input type="checkbox" name="read" value="yes" required> I have read what leaves the company.</label>'
      : ''
  return `<form method="post" class="decision"><input type="hidden" name="shown" value="${escaped(shown)}">
<label>Why, when you reject <select name="ready"><option value="">In my own words</option>${readyReasons}</select></label>
<label>Reason <textarea name="reason" maxlength="5000"></textarea><small>Stands with your vote, for all who are asked to read.</small></label>
${once}<div class="row"><button name="vote" value="approve">Approve</button><button class="plain" name="vote" value="reject" formnovalidate>Reject</button></div></form>`
}

const readyReasons = rejectReasons.map(({ code, text }) => `<option value="${code}">${escaped(text)}</option>`).join('')
