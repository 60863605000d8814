// Instant runs on the real engine, with its gate: what a council has approved leaves, and nothing after it is revoked.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createExpressionThreads } from '../../src/engine/expressions/expression-threads.ts'
import { createStarter } from '../../src/engine/triggers/starter.ts'
import { createCouncil } from '../../src/governance/councils.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import type { Officer } from '../../src/governance/people-parts.ts'
import { askPreApproval, revokePreApproval } from '../../src/governance/template-approval.ts'
import { runTemplate } from '../../src/governance/template-runs.ts'
import { createTemplate, saveAsTemplate } from '../../src/governance/templates.ts'
import type { Result } from '../../src/kernel/problem.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { asTenant, type Queryable } from '../../src/record/database.ts'
import { openOutside, type Outside, startGovernedEngine } from '../gate/gate.test-kit.ts'
import { newId } from '../setup/database.ts'

type Name = 'ana' | 'ben' | 'cleo' | 'dora'
let stage: Awaited<ReturnType<typeof openStage>>
let outside: Outside
beforeAll(async () => {
  outside = await openOutside()
  stage = await openStage()
})

async function openStage() {
  const { engine, database } = await startGovernedEngine()
  const { tenant } = engine
  const expressions = createExpressionThreads({})
  afterAll(() => expressions.close())
  const clock = { now: Date.now, newId }
  const starter = createStarter({ database, ...clock, evaluate: expressions.evaluate, maxPayload: 100_000 })
  const parts = { ...clock, registry: createHouseRegistry(), starter, url: 'http://test', forgetAccess: () => {} }
  const people = (name: Name): Officer & { readonly id: string } => {
    const { id, role } = tenant.members[name]
    return { tenantId: tenant.id, kind: 'member', id, name, role, channel: 'api', address: null, requestId: null }
  }
  const within = async <T>(work: (client: Queryable) => Promise<Result<T>>): Promise<T> => {
    const result = await asTenant(database, tenant.id, work)
    if (result.ok) return result.value
    throw new Error(JSON.stringify(result.problems))
  }
  const vote = (name: Name, approvalId: string) => {
    const memberId = tenant.members[name].id
    return within((client) => decideApproval(parts, client, people(name), { approvalId, memberId, vote: 'approve' }))
  }
  const seats = [people('ana').id, people('cleo').id]
  const finance = { name: 'finance', title: 'Finance', domain: 'finance', threshold: 'majority' as const }
  await within((client) => createCouncil(parts, client, people('ana'), { ...finance, memberIds: seats }))
  /** Made and asked for by Ben, approved by Ana and Cleo. */
  const approved = async (name: string, source: string): Promise<void> => {
    const given = { name, title: name, description: '', category: 'test', tags: [], source }
    const fields = { defaultInputs: {}, requiredFields: ['order'], optionalFields: ['mail'], copyBlocks: {} }
    await within((client) => createTemplate(parts, client, people('ben'), { ...given, ...fields }))
    const { approvalId } = await within((client) =>
      askPreApproval(parts, client, people('ben'), { name, council: 'finance' }),
    )
    await vote('ana', approvalId)
    await vote('cleo', approvalId)
  }
  const run = (name: string, inputs = {}) =>
    within((client) => runTemplate(parts, client, people('dora'), { name, inputs: { order: 'PO-1', ...inputs } }))
  const revoke = (name: string) =>
    within((client) => revokePreApproval(parts, client, people('cleo'), { name, reason: 'The limit has changed.' }))
  return { engine, database, parts, people, within, vote, approved, run, revoke }
}

const inputs = `inputs:\n  order: { type: string }\n  mail: { type: string, required: false }\n`
const call = (path: string, more = '') =>
  `  - id: call\n    action: http.request\n${more}    config: { method: POST, url: "${outside.url}${path}" }\n`
const ask = `  - id: ask\n    action: approval.request\n    config: { approvers: { role: owner } }\n`

/** The approval that the execution waits for. */
async function waitsFor(executionId: string): Promise<string> {
  const event = await stage.engine.seen(executionId, ({ type }) => type === 'step.waiting')
  return event.type === 'step.waiting' ? (event.wait.ref ?? '') : ''
}

test('what a council has approved leaves the company once for each run', async () => {
  await stage.approved('leaves', `name: leaves\n${inputs}steps:\n${call('/leaves')}`)
  const { executionId } = await stage.run('leaves')
  const { execution } = await stage.engine.ended(executionId)
  expect([execution.status, execution.startedBy]).toEqual(['completed', `member:${stage.people('dora').id}`])
  expect(outside.calls.filter((path) => path === '/leaves')).toHaveLength(1)
})

test('after a revocation a run under way does nothing critical any more', async () => {
  await stage.approved(
    'stops',
    `name: stops\n${inputs}steps:\n${ask}${call('/stops', '    depends_on: [ask.approved]\n')}`,
  )
  const { executionId } = await stage.run('stops')
  const asked = await waitsFor(executionId)
  await stage.revoke('stops')
  await stage.vote('ana', asked)
  const { execution } = await stage.engine.ended(executionId)
  expect(execution.failure).toMatchObject({ code: 'not_countersigned', retry: false })
  expect(execution.failure?.message).toContain('The limit has changed.')
  expect(outside.calls).not.toContain('/stops')
  await expect(stage.run('stops')).rejects.toThrow('not pre-approved')
})

test('a completed execution becomes a template, without what tells of a person', async () => {
  await stage.approved(
    'origin',
    `name: origin\n${inputs}steps:\n  - id: a\n    action: log\n    config: { message: hi }\n`,
  )
  const { executionId } = await stage.run('origin', { mail: 'ana@acme.example' })
  await stage.engine.ended(executionId)
  const about = { title: 'Copy', description: '', category: 'test', tags: [] }
  const saveAs = (name: string, leaveOut: readonly string[]) =>
    stage.within((client) =>
      saveAsTemplate(stage.parts, client, stage.people('ben'), { executionId, name, ...about, leaveOut }),
    )
  const { template, leftOut } = await saveAs('copy', [])
  expect(leftOut).toEqual(['mail'])
  expect(template).toMatchObject({
    defaultInputs: { order: 'PO-1' },
    requiredFields: [],
    optionalFields: ['order', 'mail'],
    originExecutionId: executionId,
  })
  expect((await saveAs('bare', ['order'])).template).toMatchObject({ defaultInputs: {}, requiredFields: ['order'] })
  await expect(saveAs('wrong', ['gone'])).rejects.toThrow('has no input `gone`')
  await stage.approved('halfway', `name: halfway\n${inputs}steps:\n${ask}`)
  const open = await stage.run('halfway')
  await waitsFor(open.executionId)
  const early = { executionId: open.executionId, name: 'early', ...about, leaveOut: [] }
  const tooEarly = stage.within((client) => saveAsTemplate(stage.parts, client, stage.people('ben'), early))
  await expect(tooEarly).rejects.toThrow('is waiting')
  const nobody = { ...early, executionId: newId() }
  await expect(
    stage.within((client) => saveAsTemplate(stage.parts, client, stage.people('ben'), nobody)),
  ).rejects.toThrow('There is no execution')
})
