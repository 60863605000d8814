import { describe, expect, test } from 'vitest'
import {
  changedGovernance,
  defaultGovernance,
  expiryMs,
  type Governance,
  governanceSchema,
  parseGovernance,
  type PolicyRule,
} from './governance-policy.ts'
import { loweredBy } from './lowering.ts'

const rule = (given: object = {}): PolicyRule => ({ approvers: { role: 'cfo' }, quorum: 2, ...given })
const withRule = (activate: PolicyRule): Governance =>
  changedGovernance(defaultGovernance, { classes: { C: { activate } } })

describe('a policy', () => {
  test('is the default when nothing is stored, and what was stored otherwise', () => {
    expect(parseGovernance(null)).toEqual(defaultGovernance)
    expect(parseGovernance(undefined)).toEqual(defaultGovernance)
    const stored = withRule(rule())
    expect(parseGovernance(JSON.parse(JSON.stringify(stored)))).toEqual(stored)
    expect(() => parseGovernance({ classes: {} })).toThrow()
  })

  test('of a tenant that settled nothing asks owners and admins about class C, and nobody about A and B', () => {
    expect(governanceSchema.parse(defaultGovernance)).toEqual(defaultGovernance)
    expect(defaultGovernance.classes.A).toEqual({ activate: 'none', schedule: 'none', run: 'none', send: 'none' })
    expect(defaultGovernance.classes.C.activate).toEqual({ approvers: { roles: ['owner', 'admin'] }, quorum: 1 })
    expect(defaultGovernance.classes.C.run).toBe('none')
  })

  test.each([
    { expires_in: 'soon' },
    { expires_in: '0s' },
    { quorum: 0 },
    { approvers: { roles: [] } },
    { approvers: { members: ['ana'] } },
  ])('refuses the rule %j', (given) => {
    expect(() => withRule(rule(given))).toThrow()
  })

  test.each(['CRM.example', 'https://crm.example', 'crm.example/path', '', 'a b'])(
    'refuses the internal host %j',
    (host) => {
      expect(governanceSchema.safeParse({ ...defaultGovernance, internal_hosts: [host] }).success).toBe(false)
    },
  )

  test.each(['crm.example', 'crm.example:8443', '10.1.2.3', '[fd00::1]:80', 'crm'])(
    'takes the internal host %j',
    (host) => {
      expect(governanceSchema.safeParse({ ...defaultGovernance, internal_hosts: [host] }).success).toBe(true)
    },
  )

  test('lets an approval live seven days where its rule does not say', () => {
    expect(expiryMs({})).toBe(7 * 86_400_000)
    expect(expiryMs({ expires_in: '2h' })).toBe(7_200_000)
  })
})

describe('a change', () => {
  test('replaces what it names: a rule of a class, an action, a list; and leaves the rest', () => {
    const before = changedGovernance(defaultGovernance, { raised: { log: 'B', transform: 'C' }, internal_hosts: ['a'] })
    const after = changedGovernance(before, {
      classes: { B: { run: rule(), tests_required: undefined } },
      raised: { log: null, validate: 'B' },
      reminders: null,
      separation: undefined,
    })
    expect(after).toEqual({
      ...defaultGovernance,
      classes: { ...defaultGovernance.classes, B: { ...defaultGovernance.classes.B, run: rule() } },
      raised: { transform: 'C', validate: 'B' },
      internal_hosts: ['a'],
      reminders: null,
    })
  })
})

describe('a change lowers', () => {
  const roles = (...names: string[]) => ({ approvers: { roles: names } })
  test.each<[string, PolicyRule, PolicyRule]>([
    ['asking nobody', rule(), 'none'],
    ['fewer votes', rule(), rule({ quorum: 1 })],
    ['more approvers', rule(roles('cfo')), rule(roles('cfo', 'owner'))],
    ['other approvers', rule(), rule({ approvers: { council: 'cfo' } })],
    ['another council', rule({ approvers: { council: 'media' } }), rule({ approvers: { council: 'commerce' } })],
    [
      'another member',
      rule({ approvers: { members: ['a@x.example'] } }),
      rule({ approvers: { members: ['b@x.example'] } }),
    ],
    ['another way of counting', rule(), rule({ quorum: 'unanimous' })],
    ['a number in place of a share', rule({ quorum: 'majority' }), rule({ quorum: 5 })],
    [
      'a share of fewer seats',
      rule({ ...roles('a', 'b'), quorum: 'majority' }),
      rule({ ...roles('a'), quorum: 'majority' }),
    ],
  ])('by %s', (_, before, after) => {
    expect(loweredBy(withRule(before), withRule(after))).toEqual(['class C needs less to be activated'])
  })

  test.each<[string, PolicyRule, PolicyRule]>([
    ['asking somebody', 'none', rule()],
    ['asking nobody as before', 'none', 'none'],
    ['more votes', rule(), rule({ quorum: 3 })],
    ['fewer approvers', rule(roles('cfo', 'owner')), rule()],
    ['the same roles in another order', rule(roles('cfo', 'owner')), rule(roles('owner', 'cfo'))],
    ['the same share', rule({ quorum: 'majority' }), rule({ quorum: 'majority' })],
    [
      'fewer members',
      rule({ approvers: { members: ['A@x.example', 'b@x.example'] } }),
      rule({ approvers: { members: ['a@x.example'] } }),
    ],
    ['another time to live', rule(), rule({ expires_in: '30d' })],
  ])('nothing by %s', (_, before, after) => {
    expect(loweredBy(withRule(before), withRule(after))).toEqual([])
  })

  test.each<[string, Partial<Governance>, Partial<Governance>]>([
    ['log is no longer raised to class B', { raised: { log: 'B' } }, {}],
    ['log is no longer raised to class C', { raised: { log: 'C' } }, { raised: { log: 'B' } }],
    ['crm.example counts as internal', {}, { internal_hosts: ['crm.example'] }],
    ['the last editor may decide', {}, { separation: ['requester', 'author'] }],
    ['approvers may change what they approve', {}, { edit_and_approve: true }],
    ['others are asked when time is up', {}, { on_expiry: { escalate_to: { role: 'cfo' } } }],
    [
      'others are asked when time is up',
      { on_expiry: { escalate_to: { role: 'cfo' } } },
      { on_expiry: { escalate_to: { role: 'coo' } } },
    ],
  ])('%s', (said, before, after) => {
    expect(loweredBy({ ...defaultGovernance, ...before }, { ...defaultGovernance, ...after })).toEqual([said])
    // The way back lowers nothing, but for those who are asked instead.
    const back = loweredBy({ ...defaultGovernance, ...after }, { ...defaultGovernance, ...before })
    expect(back).toHaveLength('on_expiry' in before ? 1 : 0)
  })

  test('the tests that a class needs, when it needs none any more', () => {
    const tested = changedGovernance(defaultGovernance, { classes: { B: { tests_required: true } } })
    expect(loweredBy(tested, defaultGovernance)).toEqual(['class B needs no tests'])
    expect(loweredBy(defaultGovernance, tested)).toEqual([])
  })

  test('nothing by another time between reminders', () => {
    expect(loweredBy(defaultGovernance, { ...defaultGovernance, reminders: null })).toEqual([])
  })
})
