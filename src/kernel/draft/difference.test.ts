// What the history of a draft says of two revisions.

import { expect, test } from 'vitest'
import { type DraftContent, sayDraftDifference, workflowOf } from './difference.ts'

const source = 'name: greet\nsteps:\n  - id: say\n    action: log\n    config: { message: Hello }\n'
const draft: DraftContent = {
  name: 'Greet',
  purpose: null,
  source,
  workflow: null,
  inputs: { who: 'Ana', gone: 1, nothing: null },
  schedule: null,
  council: 'media',
}

test('two revisions that are alike have no difference', () => {
  expect(sayDraftDifference(draft, { ...draft })).toEqual([])
})

test('each field that changed is a sentence', () => {
  const after = {
    ...draft,
    name: 'Greet all',
    purpose: 'Politeness',
    inputs: { who: 'Ben', more: true, nothing: null },
    schedule: { at: '2026-12-01T09:00:00Z' },
    council: null,
  }
  expect(sayDraftDifference(draft, after)).toEqual([
    'The name: "Greet" → "Greet all".',
    'The purpose is now "Politeness".',
    'The input "who": "Ana" → "Ben".',
    'The input "gone" was taken away: 1.',
    'The input "more" is now true.',
    'The schedule is now {"at":"2026-12-01T09:00:00Z"}.',
    'The council was taken away: "media".',
  ])
})

test('a definition is compared by its meaning', () => {
  const more = `${source.replace('Hello', 'Hi')}  - id: bye\n    action: log\n    config: { message: Bye }\n`
  expect(sayDraftDifference(draft, { ...draft, source: more })).toEqual([
    'The step "say": config.message was changed.',
    'The step "bye" was added.',
  ])
  expect(sayDraftDifference(draft, { ...draft, source: `# a remark\n${source}` })).toEqual([
    'The definition says the same, written otherwise.',
  ])
  expect(sayDraftDifference(draft, { ...draft, source: `title: Greet\n${source}` })).toEqual([
    'The workflow: title was changed.',
  ])
})

test('one that cannot be read is compared by its lines', () => {
  expect(workflowOf('steps: [')).toBeUndefined()
  expect(sayDraftDifference(draft, { ...draft, source: 'steps: [\nname: x' })).toEqual([
    'The definition: 2 lines added, 6 removed.',
  ])
})

test('whether it runs its own definition or a workflow is one difference', () => {
  const named = { ...draft, source: null, workflow: 'greet' }
  expect(sayDraftDifference(draft, named)).toEqual(['It runs the workflow "greet" instead of a definition of its own.'])
  expect(sayDraftDifference(named, { ...named, workflow: 'other' })).toEqual([
    'It runs the workflow "other" instead of the workflow "greet".',
  ])
})

test('of very many differences the first hundred are said', () => {
  const inputs = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`i${n}`, n]))
  const said = sayDraftDifference({ ...draft, inputs: {} }, { ...draft, inputs })
  expect(said).toHaveLength(101)
  expect(said.at(-1)).toBe('50 more differences.')
})
