// What mails about approvals say, and keep to themselves.

import { expect, test } from 'vitest'
import { sayApprovers, sayWhenTimeIsUp } from './approval-words.ts'
import { type ApprovalLetter, approvalMail } from './mail-templates.ts'

const letter: ApprovalLetter = {
  occasion: 'asked',
  summary: 'Pay 500 EUR',
  workflow: 'payments',
  askedBy: 'Dora',
  impact: 'C',
  whenTimeIsUp: 'It waits until it is decided.',
  url: 'https://countersign.example/approve/token',
  linkExpiresAt: new Date('2026-11-24T12:00:00Z'),
}

test('a mail says what is asked, by whom, how much harm it can do, and what the link is', () => {
  expect(approvalMail(letter)).toEqual({
    subject: 'Your approval is asked for: Pay 500 EUR',
    text: `Your approval is asked for:

  Pay 500 EUR

Asked by: Dora
Workflow: payments
Impact class: C, critical: money, data, or something that leaves the company

It waits until it is decided.

Read the whole of it, then approve or reject:
https://countersign.example/approve/token

Opening the link decides nothing. It is yours alone, it works once, and it expires at 2026-11-24 12:00 UTC. Whoever has it can decide in your name: do not forward this mail.
`,
  })
})

test('what is not known is left out', () => {
  const { text } = approvalMail({ ...letter, workflow: null, askedBy: null, impact: null })
  expect(text).not.toMatch(/Asked by|Workflow|Impact/)
  expect(text).not.toContain('\n\n\n')
})

test('a summary is one line, in the subject too, which is cut between characters', () => {
  const { subject, text } = approvalMail({ ...letter, summary: ' a\r\nBcc: eve@evil.example\u2028\tb \0' })
  expect(subject).toBe('Your approval is asked for: a Bcc: eve@evil.example b')
  expect(text).toContain('\n  a Bcc: eve@evil.example b\n')
  const long = approvalMail({ ...letter, summary: '👋'.repeat(200) }).subject
  expect(long).toMatch(/^Your approval is asked for: (👋)+…$/u)
  expect([...long]).toHaveLength(151)
})

test.each([
  [{ expiresAt: null, escalateTo: null }, 'It waits until it is decided.'],
  [
    { expiresAt: letter.linkExpiresAt, escalateTo: null },
    'If it is not decided by 2026-11-24 12:00 UTC, it is not approved.',
  ],
  [
    { expiresAt: letter.linkExpiresAt, escalateTo: { role: 'cfo' } },
    'If it is not decided by 2026-11-24 12:00 UTC, cfo will be asked instead.',
  ],
])('whoever is asked is told what happens without them: %j', (timed, said) => {
  expect(sayWhenTimeIsUp(timed)).toBe(said)
})

test.each([
  [{ role: 'cfo' }, 'cfo'],
  [{ roles: ['owner', 'admin'] }, 'owner or admin'],
  [{ council: 'media' }, 'council "media"'],
  [{ members: ['ana@acme.example', 'ben@acme.example'] }, 'ana@acme.example and ben@acme.example'],
])('those who are asked are named: %j', (approvers, said) => {
  expect(sayApprovers(approvers)).toBe(said)
})
