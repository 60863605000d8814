// Topics: what they take to be read, and what belongs to them.

import { expect, test } from 'vitest'
import { problemOf, valueOf } from '../../../tests/setup/triggers.ts'
import { newId } from '../../../tests/setup/database.ts'
import { hearsAudit, parseTopics, topicsKey, wantsAudit, wantsExecution } from './topics.ts'
import { furthest, parseStreamId, streamId } from './stream-position.ts'
import { beginning } from '../../record/feed-position.ts'

const owner = { role: 'owner' } as const

test('topics are a list of names and of executions; the order in which they are named does not matter', () => {
  const [a, b] = [newId(), newId()]
  const topics = valueOf(parseTopics(`executions, execution:${b},approvals,execution:${a}`, owner))
  expect(topicsKey(topics)).toBe(
    topicsKey(valueOf(parseTopics(`approvals,execution:${a},execution:${b},executions`, owner))),
  )
})

test('a topic that does not exist, and more executions than a stream follows, are refused', () => {
  expect(problemOf(parseTopics('executions,secrets', owner))).toMatchObject({
    code: 'malformed_request',
    message: 'There is no topic "secrets".',
  })
  expect(problemOf(parseTopics('execution:7', owner)).code).toBe('malformed_request')
  const many = Array.from({ length: 21 }, () => `execution:${newId()}`).join(',')
  expect(problemOf(parseTopics(many, owner)).message).toContain('at most 20')
})

test('a role or key that may not read what a topic tells of is refused it by name', () => {
  expect(problemOf(parseTopics('executions,audit', { role: 'viewer' })).message).toBe(
    'The topic "audit" needs "audit:read", which this role does not have.',
  )
  const key = { role: 'owner', scopes: ['stream:read', 'approvals:read'] } as const
  expect(valueOf(parseTopics('approvals', key)).names.size).toBe(1)
  const topic = `execution:${newId()}`
  expect(problemOf(parseTopics(topic, key)).message).toBe(
    `The topic "${topic}" needs "executions:read", which this key does not have.`,
  )
})

test('executions are told how they go, and approvals how they are decided; steps are for who follows the execution', () => {
  const [executions, approvals] = [valueOf(parseTopics('executions', owner)), valueOf(parseTopics('approvals', owner))]
  expect(wantsExecution(executions, 'workflow.completed')).toBe(true)
  expect(wantsExecution(executions, 'workflow.step_completed')).toBe(false)
  expect(wantsExecution(approvals, 'workflow.approval_granted')).toBe(true)
  expect(wantsExecution(approvals, 'workflow.completed')).toBe(false)
})

test('the audit is told whole to its topic, and by object to the others', () => {
  const about = (type: string) => ({ object: { type, id: 'x', name: null } })
  const topics = valueOf(parseTopics('members', owner))
  expect([
    wantsAudit(topics, about('agent')),
    wantsAudit(topics, about('workflow')),
    wantsAudit(topics, about('secret')),
  ]).toEqual([true, false, false])
  expect(wantsAudit(valueOf(parseTopics('audit', owner)), about('secret'))).toBe(true)
  expect(hearsAudit(valueOf(parseTopics('executions', owner)))).toBe(false)
})

test('an id is a place in the feed and one in the audit, and nothing else is an id', () => {
  for (const audit of [null, 12])
    expect(parseStreamId(streamId({ feed: beginning, audit }))).toEqual({ feed: beginning, audit })
  for (const text of ['', 'x', `${beginning}.`, `${beginning}.1.2`, `${beginning}.-1`])
    expect(parseStreamId(text)).toBeUndefined()
  const later = beginning.replace('0', '7')
  expect(furthest({ feed: beginning, audit: 3 }, { feed: later, audit: 2 })).toEqual({ feed: later, audit: 3 })
  expect(furthest({ feed: later, audit: null }, { feed: beginning, audit: 2 })).toEqual({ feed: later, audit: 2 })
})

test('an execution is followed in whatever case its id is written', () => {
  const id = '01a1ff28-479d-702e-847d-9f8b6b253e0e'
  expect(valueOf(parseTopics(`execution:${id.toUpperCase()}`, owner)).executions).toEqual(new Set([id]))
})
