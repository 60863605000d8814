// What the gate says when it stays shut: what is missing or has changed, by which approval, and what to do next.

import { describe, expect, test } from 'vitest'
import { closureContent, differenceOf } from '../../src/engine/gate/closure.ts'
import { refusal, type Refused } from '../../src/engine/gate/refusal.ts'
import type { Workflow } from '../../src/kernel/definition/workflow.ts'
import type { PastGrant } from '../../src/record/grants.ts'

const starting = (...names: string[]): Workflow => ({
  name: 'ship',
  steps: names.map((name) => ({ id: name, action: 'workflow.run', config: { workflow: name } })),
})
const child = (name: string, version = 1) => ({ name, version, versionId: name, contentHash: `${name} ${version}` })
const content = (names: readonly string[], children: readonly ReturnType<typeof child>[]) =>
  closureContent(starting(...names), children)

describe('a difference', () => {
  test('says once that another workflow is started', () => {
    expect(differenceOf(content(['a'], [child('a')]), content(['a', 'b'], [child('a'), child('b')]))).toBe(
      'Since then: the step b was added, it now starts the workflow "b".',
    )
  })

  test('says once that a workflow is no longer started', () => {
    expect(differenceOf(content(['a', 'b'], [child('a'), child('b')]), content(['a'], [child('a')]))).toBe(
      'Since then: the step b was removed, it no longer starts the workflow "b".',
    )
  })

  test('tells a workflow that was deleted or created from one that is no longer or newly started', () => {
    const [without, having] = [content(['a'], []), content(['a'], [child('a')])]
    expect(differenceOf(having, without)).toBe('Since then: the workflow "a" that it starts was deleted.')
    expect(differenceOf(without, having)).toBe('Since then: the workflow "a" that it starts was created.')
  })

  test('names both versions of a workflow below, and stops after six changes', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const before = content(
      names,
      names.map((name) => child(name)),
    )
    const after = content(
      names,
      names.map((name) => child(name, 2)),
    )
    expect(differenceOf(before, after)).toMatch(
      /^Since then: the workflow "a" that it starts went from version 1 to version 2, .* and 2 more\.$/,
    )
  })

  test('of a definition that cannot be read any more is said as a whole', () => {
    expect(differenceOf({ definition: 1 }, { definition: 2 })).toBe('Since then: the definition was changed.')
    expect(differenceOf({}, {})).toBe('Nothing that can be seen has changed.')
  })
})

const at = new Date('2026-11-01T12:00:00Z')
const past = (given: Partial<PastGrant> = {}): PastGrant => ({
  kind: 'activation',
  acts: ['activate_workflow'],
  contentHash: 'old',
  versionId: 'v1',
  version: 1,
  executionId: null,
  content: content(['a'], [child('a')]),
  approvalId: '42',
  approval: 'Activate ship',
  createdAt: at,
  expiresAt: null,
  revokedAt: null,
  revokedReason: null,
  ...given,
})

function said(given: Partial<Refused>): string {
  const { message } = refusal({
    title: 'Step a (workflow.run)',
    workflow: 'ship',
    version: 1,
    versionId: 'v1',
    current: 1,
    missing: ['activate_workflow'],
    contentHash: 'new',
    content: content(['a'], [child('a', 2)]),
    now: at.getTime(),
    past: [],
    ...given,
  })
  return message
}

const next = 'Activate the workflow: that asks those who can countersign it. Then retry this step.'
const by = 'by approval 42 ("Activate ship")'

test.each<[string, Partial<Refused>, string]>([
  ['nobody', {}, `nobody has countersigned version 1 of "ship". ${next}`],
  [
    'a change below it',
    { past: [past()] },
    `what was countersigned ${by} is version 1 of "ship". Since then: the workflow "a" that it starts went from version 1 to version 2. ${next}`,
  ],
  [
    'a revocation',
    { past: [past({ revokedAt: at, revokedReason: 'Sold' })] },
    `what countersigned version 1 of "ship" ${by} was revoked at 2026-11-01T12:00:00.000Z: Sold. ${next}`,
  ],
  [
    'the end of its time',
    { past: [past({ expiresAt: at })] },
    `what countersigned version 1 of "ship" ${by} expired at 2026-11-01T12:00:00.000Z. ${next}`,
  ],
  [
    'an act',
    { past: [past({ contentHash: 'new' })], missing: ['enable_schedule', 'send_emails'] },
    `version 1 of "ship" was countersigned ${by}, but not to run by its schedule and send e-mails. ${next}`,
  ],
  [
    'a newer version, which is the one that would be activated',
    { current: 3 },
    'nobody has countersigned version 1 of "ship". Activate the workflow: that asks those who can countersign it. Then retry this step with version 3, the current one.',
  ],
  [
    'a workflow that is gone',
    { current: undefined },
    'nobody has countersigned version 1 of "ship". The workflow is deleted: save it again and activate it.',
  ],
  [
    'a template, whose workflow nobody activates',
    { past: [past({ kind: 'template', revokedAt: at, revokedReason: 'Sold.', approval: null })] },
    'what countersigned version 1 of "ship" by approval 42 was revoked at 2026-11-01T12:00:00.000Z: Sold. Ask the council to pre-approve the template anew, then run it again.',
  ],
])('a refusal for %s says so, and what to do next', (_, given, sentence) => {
  expect(said(given)).toBe(`Step a (workflow.run) was not let out: ${sentence}`)
})
