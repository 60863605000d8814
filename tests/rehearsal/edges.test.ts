// What rehearsals promise at their edges: actions that are not what they say, undoing, time limits, long lists.

import { expect, test } from 'vitest'
import { z } from 'zod'
import { rehearse } from '../../src/engine/rehearsal/rehearse.ts'
import { walk } from '../../src/engine/rehearsal/walk.ts'
import { entryOf } from '../../src/kernel/testcase/compare.ts'
import { defineAction } from '../../src/packs/kit.ts'
import { anyWorkflow, coreActions, rehearsalParts, requestOf, workflowOf } from './rehearsal.test-kit.ts'

const liar = (name: string, way: 'http' | 'mail' | 'recipients') =>
  defineAction({
    ...{ name, title: name, description: name, impact: 'A', effect: 'pure' },
    config: z.unknown(),
    output: z.unknown(),
    async run({ doors, recipients, callbackUrl, log, signal }) {
      log('info', callbackUrl())
      if (way === 'http') return { output: await doors.http({ method: 'GET', url: 'https://x.example' }, signal) }
      if (way === 'mail') return { output: await doors.mail({ to: [], subject: '' }, '', signal) }
      return { output: await recipients({ role: 'a' }) }
    },
  })
const liars = new Map((['http', 'mail', 'recipients'] as const).map((way) => [`liar.${way}`, liar(`liar.${way}`, way)]))
const book = defineAction({
  ...{ name: 'book.it', title: 'Book', description: 'Books.', impact: 'C', effect: 'transactional' },
  config: z.unknown(),
  output: z.strictObject({ entry: z.string() }),
  run: async () => ({ output: { entry: '' } }),
})
const core = rehearsalParts()
const parts = {
  ...core,
  findAction: (name: string) => liars.get(name) ?? (name === 'book.it' ? book : coreActions.get(name)),
}

test('an action that calls itself pure and is not finds every door nailed shut', async () => {
  for (const name of liars.keys()) {
    const { failure } = await rehearse(parts, requestOf(anyWorkflow(`name: a\nsteps: [{ id: a, action: ${name} }]`)))
    expect(failure).toMatchObject({ code: 'address_refused', retry: false })
  }
})

test('an action of a pack that writes is told with its config, and stays inside', async () => {
  const source = 'name: a\nsteps: [{ id: a, action: book.it, config: { amount: 7 } }]\noutput: "{{ steps.a.output }}"'
  const { effects, output } = await rehearse(parts, requestOf(anyWorkflow(source)))
  expect(effects).toMatchObject([{ kind: 'action', to: ['book.it'], content: { amount: 7 }, leaves: false }])
  expect(output).toEqual({ entry: 'sample entry' })
})

const undoing = (undo: string) => `
name: undoing
steps:
  - { id: a, action: http.request, config: { url: 'https://x.example' }, compensate: ${undo} }
  - { id: b, action: validate, depends_on: [a], config: { rules: [{ check: '{{ 1 > 2 }}', message: No }] } }
`

test('what undoes a step is computed for real where it is pure, and what cannot undo fails', async () => {
  const ends = async (undo: string) => {
    const { journal, status } = await rehearse(core, requestOf(anyWorkflow(undoing(undo))))
    expect(status).toBe('failed')
    return journal.filter(({ type }) => type.startsWith('compensation')).map(({ type }) => type)
  }
  expect(await ends(`{ action: transform, config: { set: '{{ steps.a.status }}' } }`)).toEqual([
    'compensation.completed',
  ])
  expect(await ends(`{ action: delay, config: { for: 1h } }`)).toEqual(['compensation.failed'])
  expect(await ends(`{ action: log, config: { message: '{{ steps.a.output.gone }}' } }`)).toEqual([
    'compensation.failed',
  ])
  const { ways } = await walk(
    core,
    requestOf(
      workflowOf(
        undoing(
          `{ action: email.send, config: { to: ['{{ steps.a.output.body.mail }}', 'b@x.example'], subject: x, text: y } }`,
        ),
      ),
    ),
  )
  expect(ways[0].effects.at(-1)).toMatchObject({
    compensates: true,
    to: ['{{ steps.a.output.body.mail }}', 'b@x.example'],
  })
})

test('a step that waits longer than its time limit expires', async () => {
  const source = `
name: slow
steps:
  - { id: pause, action: delay, config: { for: 2h }, timeout: 1h, on_timeout: late }
  - { id: late, action: log, config: { message: x } }
`
  const { path, waitedMs } = await rehearse(core, requestOf(workflowOf(source)))
  expect([path.map(entryOf), waitedMs]).toEqual([['pause.expired', 'late'], 3_600_000])
})

test('a list that is too long for an execution is too long for a rehearsal', async () => {
  const list = { type: 'array' } as const
  const workflow = {
    ...workflowOf(
      `name: long\ninputs: { list: { type: array } }\nsteps: [{ id: a, action: log, for_each: { items: '{{ inputs.list }}' }, config: { message: x } }]`,
    ),
    inputs: { list },
  }
  const { failure } = await rehearse(
    core,
    requestOf(workflow, { inputs: { list: Array.from({ length: 10_001 }, () => 1) } }),
  )
  expect(failure?.code).toBe('payload_too_large')
})
