// What the page that decides says of each kind of approval.
// cspell:ignore formnovalidate

import { expect, test } from 'vitest'
import type { LinkView } from '../../governance/approval-links.ts'
import { closedPage, decisionPage } from './decision-page.ts'

const at = new Date('2026-11-21T12:00:00Z')
const now = at.getTime() + 180_000

type Given = Partial<LinkView['approval']>

function viewOf(given: Given = {}): LinkView {
  const approval: LinkView['approval'] = {
    ...{ tenantId: 't', id: 'a', kind: 'step', status: 'pending', executionId: 'e', step: 'sign', item: null },
    ...{ subjectId: null, acts: [], impact: null, summary: 'Pay 500 EUR', details: { amount: 500 } },
    ...{ approvers: { role: 'cfo' }, quorum: 2, expiresAt: null, createdAt: at, decidedAt: null, closedReason: null },
    ...{ contentHash: null, content: null, requestedBy: null, author: null, lastEditor: null, excludes: [] },
    ...{ mayEdit: false, edit: null, editHash: null, escalateTo: null, escalatedAt: null, unreachableAt: null },
    workflow: 'payments',
    ...given,
  }
  const vote = { memberId: 'b', name: 'Ben', email: 'ben@acme.example', onBehalfOf: null, contentHash: 'abc' } as const
  const member = { tenantId: 't', id: 'c', email: 'cleo@acme.example', name: 'Cleo', role: 'viewer' } as const
  return {
    approval,
    link: { tenantId: 't', id: 'l', approvalId: 'a', memberId: 'c', expiresAt: at, usedAt: null },
    standing: {
      ...{ approval, members: [], excludes: [], mayEdit: false, hash: 'abc', delegations: [] },
      hands: { requester: undefined, author: undefined, last_editor: undefined },
      body: { seats: [], excluded: [], handedTo: new Map(), standsIn: new Map() },
      votes: [
        { ...vote, vote: 'approve', reason: null, channel: 'api', createdAt: at },
        { ...vote, name: 'Eve', vote: 'reject', reason: 'Too <dear>', channel: 'api', createdAt: at },
      ],
    },
    count: { decision: 'open', approvals: 1, needed: 2, missing: 1 },
    askedBy: 'Dora',
    member: { ...member, approverRoles: ['cfo'], createdAt: at },
    closed: undefined,
  }
}

const page = (given?: Given): string => decisionPage(viewOf(given), now, 'abc.signature')

test('it says who asks, who is asked, what was voted, and what is signed', () => {
  const text = page()
  expect(text).toContain('<h1>Pay 500 EUR</h1>')
  expect(text).toContain('<dt>Asked by</dt><dd>Dora</dd>')
  expect(text).toContain('<dt>Workflow</dt><dd>payments</dd>')
  expect(text).toContain('1 of 2 approved<br>Ben approved 3 min ago<br>Eve rejected 3 min ago: “Too &lt;dear&gt;”')
  expect(text).toContain('<code>abc</code>')
  expect(text).toContain('name="shown" value="abc.signature"')
  expect(text).not.toContain('Impact class')
  expect(text).not.toContain('name="read"')
})

test.each<[Given, string]>([
  [{}, 'the execution goes on from step sign.'],
  [{ kind: 'run' }, 'step sign runs, which is held until then'],
  [
    { kind: 'activation', acts: ['activate_workflow', 'enable_schedule', 'send_emails'] },
    'The workflow becomes active. Its schedule is switched on. It may send e-mails.',
  ],
  [{ kind: 'draft' }, 'the draft can be converted'],
  [{ kind: 'template' }, 'the template is pre-approved'],
  [{ kind: 'policy' }, 'the policy of the tenant changes'],
])('it says what an approval does: %j', (given, said) => {
  expect(page(given)).toContain(said)
})

test('class C asks for a tick, which a rejection does without', () => {
  const text = page({ impact: 'C' })
  expect(text).toContain('<input type="checkbox" name="read" value="yes" required>')
  expect(text).toContain('value="reject" formnovalidate')
})

test('what is too long to read is cut, and said to be', () => {
  const text = page({ details: null, content: { text: 'x'.repeat(60_000) }, edit: { text: 'y' } })
  expect(text).not.toContain('Exact arguments')
  expect(text).toContain('What is signed')
  expect(text).toContain('… cut: read the rest in Countersign')
  expect(text).toContain('As an approver has changed it')
})

test('where nothing can be decided any more there is a reason and no form', () => {
  const text = closedPage('Pay 500 EUR', { code: 'gone', message: 'Used <b>.', hint: 'Sign in.' })
  expect(text).toContain('<p>Used &lt;b&gt;. Sign in.</p>')
  expect(text).not.toContain('<form')
})
