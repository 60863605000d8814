// What reading test cases promises.

import { expect, test } from 'vitest'
import type { Workflow } from '../definition/workflow.ts'
import { readTestCases } from './read-test-cases.ts'
import { testCasesJsonSchema } from './test-case.ts'

const workflow: Workflow = {
  name: 'order',
  inputs: { amount: { type: 'number' } },
  steps: [
    { id: 'stock', action: 'log' },
    { id: 'sign_off', action: 'approval.request' },
  ],
}

const read = (source: string) => {
  const { cases, problems } = readTestCases(source, workflow)
  return {
    cases: cases?.length,
    problems: problems.map(({ line, column, message }) => `${line}:${column} ${message}`),
    hints: problems.map(({ hint }) => hint),
  }
}

test('cases that suit the workflow are read', () => {
  const source = `
- name: It is signed off
  inputs: { amount: 7 }
  mocks: { stock: [{ output: {} }, { fails: { code: step_failed } }] }
  answers: { sign_off: approved }
  expect:
    path: [stock, sign_off.approved]
    outputs: { stock: {} }
    effects: [{ step: stock, to: a }]
    never: [stock]
- name: It comes by an event
  trigger: { amount: 7, more: true }
  expect: { status: completed }
`
  expect(read(source)).toEqual({ cases: 2, problems: [], hints: [] })
})

test('a step that the workflow does not have is a problem wherever it is named', () => {
  const source = `
- name: One
  inputs: { amount: 1 }
  mocks: { stack: {} }
  answers: { signoff: approved }
  expect:
    path: [stock, sing_off.approved]
    outputs: { nowhere: 1 }
    effects: [{ step: stocks }]
    never: [gone]
`
  const found = read(source)
  expect(found.cases).toBeUndefined()
  expect(found.problems).toEqual([
    '4:12 The workflow has no step `stack`.',
    '5:14 The workflow has no step `signoff`.',
    '7:19 The workflow has no step `sing_off`.',
    '8:16 The workflow has no step `nowhere`.',
    '9:23 The workflow has no step `stocks`.',
    '10:13 The workflow has no step `gone`.',
  ])
  expect(found.hints.slice(0, 2)).toEqual(['Did you mean `stock`?', 'Did you mean `sign_off`?'])
})

test('names that are taken, steps that are said twice, and inputs that do not fit are problems', () => {
  const source = `
- { name: One, inputs: { amount: 1 }, mocks: { sign_off: {} }, answers: { sign_off: approved }, expect: {} }
- { name: One, trigger: { amount: much }, expect: {} }
- { name: Two, expect: {} }
`
  expect(read(source).problems).toEqual([
    '2:75 `sign_off` has both a mock and an answer.',
    '3:11 Another case above is named "One".',
    '3:35 The input `amount` must be a number, not the text "much".',
    '4:3 The input `amount` is missing.',
  ])
})

test('what has not the shape of test cases is told with its place', () => {
  expect(read('- name: One\n  expects: {}\n').problems).toEqual([
    '1:3 Entry 1 of the test cases needs `expect`.',
    '2:3 Entry 1 of the test cases has no field `expects`.',
  ])
  expect(read('- name: [\n').problems[0]).toContain('2:1')
  expect(read('- name: One\n  expect: !!js x\n').cases).toBeUndefined()
})

test('editors get a JSON Schema of the cases', () => {
  const schema = testCasesJsonSchema()
  expect(schema).toMatchObject({ type: 'array', title: 'Countersign test cases' })
  expect(JSON.stringify(schema)).toContain('What it must hold; more may be there')
})
