// Policies against a plain model: random changes, votes and withdrawals by random members, some of them at the same moment.

import { afterAll, expect, test } from 'vitest'
import { withdrawApproval } from '../../src/governance/approval-moves.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { changePolicies, readPolicies } from '../../src/governance/policies.ts'
import { endApproval } from '../../src/governance/settle-approval.ts'
import { type Actor, systemOf } from '../../src/kernel/access/actor.ts'
import { defaultGovernance, type Governance, type GovernanceChange } from '../../src/kernel/policy/governance-policy.ts'
import { ok, type Result } from '../../src/kernel/problem.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { lockApproval } from '../../src/record/approvals.ts'
import { appendAudit } from '../../src/record/audit.ts'
import { asTenant, type Queryable } from '../../src/record/database.ts'
import { insertMember } from '../../src/record/members.ts'
import { Dice } from '../fuzz/dice.ts'
import { createTestTenant, newId, openTestDatabase } from '../setup/database.ts'
import { type Code, type Ending, type PlainPolicy, PolicyModel } from './policy-model.ts'

const moves = Number(process.env['COUNTERSIGN_TEST_MOVES'] ?? 300)
const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? 1)
const dice = new Dice(seed)

const database = openTestDatabase(4)
const clock = { ms: Date.now() }
const parts = { now: () => clock.ms, newId, registry: createHouseRegistry() }
const weekMs = 7 * 86_400_000
const hosts = ['a.example', 'b.example', 'c.example']
const hands = ['requester', 'author', 'last_editor'] as const

const tenant = await createTestTenant(database, { governed: true })
const admins = await Promise.all(['Emil', 'Fay'].map((name) => insertAdmin(name)))
const { ana, ben, dora } = tenant.members
/** Ana is the owner and stays; the admins come and go; Ben and Dora govern nothing. */
const people = [ana.id, ...admins, ben.id, dora.id]
const model = new PolicyModel({ votes: 1, raise: 0, tests: false, edits: false, hosts: [], hands }, [ana.id, ...admins])
const tally: { refused: number; last: string | undefined } = { refused: 0, last: undefined }
afterAll(() => process.stdout.write(`policy: moves ${moves}, refused ${tally.refused}, seed ${seed}\n`))

test(
  'a policy is what its model says after every move, and refuses what it refuses',
  { timeout: 3_600_000 },
  async () => {
    for (let count = 0; count < moves; count++) {
      const told = dice.falls(0.1) ? await race() : await move(dice.below(100))
      if (told !== 'ok') tally.refused++
      await compare(`move ${count} of seed ${seed}: ${told}`)
    }
    const { rows } = await database.engine.query<{ status: Ending; count: number }>(
      `select status, count(*)::integer as count from policy_changes where tenant_id = $1 and status <> 'pending' group by 1`,
      [tenant.id],
    )
    const none = { applied: 0, rejected: 0, withdrawn: 0, expired: 0, void: 0 }
    expect({ ...none, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) }).toEqual(model.endings)
  },
)

async function move(roll: number): Promise<Code> {
  if (roll < 50) return change(dice.pick([ana.id, ...presentAdmins()]), randomChange())
  if (roll < 78) return vote(dice.pick(people), dice.falls(0.7))
  if (roll < 84) return withdraw(dice.pick(people))
  if (roll < 92) return comeOrGo(dice.pick(admins))
  return dice.falls(0.5) ? pass() : keep()
}

/** Two at once: what both were told must fit one order or the other. */
async function race(): Promise<Code> {
  const [by, voter] = [ana.id, dice.pick(admins)]
  const given = randomChange()
  const told = await Promise.all([realVote(voter, true), realChange(by, given)])
  // A vote is on what waited at first, not on what waits since.
  const voteOn = (one: PolicyModel): Code => {
    if (tally.last === undefined) return 'ok'
    return model.waiting !== undefined && one.waiting === model.waiting ? one.vote(voter, true) : 'conflict'
  }
  const orders = (['vote', 'change'] as const).map((first) => {
    const after = model.copy()
    const voted = first === 'vote' ? voteOn(after) : undefined
    const changed = after.change(by, given)
    return { after, told: [voted ?? voteOn(after), changed] }
  })
  expect(orders.map((order) => order.told)).toContainEqual(told)
  const possible = orders.filter((order) => JSON.stringify(order.told) === JSON.stringify(told))
  // Both orders may tell the same and end differently; then what is stored says which it was.
  const { found } = await look()
  const isSo = ({ after }: (typeof orders)[number]) => JSON.stringify(expectedOf(after)) === JSON.stringify(found)
  const happened = possible.find(isSo) ?? possible[0]
  if (happened !== undefined) model.become(happened.after)
  return told[1]
}

async function change(by: string, given: Partial<PlainPolicy>): Promise<Code> {
  const told = await realChange(by, given)
  expect(told).toBe(model.change(by, given))
  return told
}

async function vote(by: string, approves: boolean): Promise<Code> {
  const told = await realVote(by, approves)
  if (tally.last !== undefined) expect(told).toBe(model.vote(by, approves))
  return told
}

async function withdraw(by: string): Promise<Code> {
  const { last: approvalId } = tally
  if (approvalId === undefined) return 'ok'
  const told = await attempt((client) => withdrawApproval(parts, client, actor(by), { approvalId, reason: 'No' }))
  expect(told).toBe(model.withdraw(by))
  return told
}

async function comeOrGo(id: string): Promise<Code> {
  const goes = model.governors.delete(id)
  if (!goes) model.governors.add(id)
  await database.engine.query('update members set removed_at = $3 where tenant_id = $1 and id = $2', [
    ...[tenant.id, id, goes ? new Date(clock.ms) : null],
  ])
  return 'ok'
}

async function pass(): Promise<Code> {
  clock.ms += weekMs
  model.pass()
  return 'ok'
}

/** What the keeper does with what has expired. */
async function keep(): Promise<Code> {
  const { last } = tally
  if (model.waiting?.isExpired !== true || last === undefined) return 'ok'
  model.keep()
  return attempt(async (client) => {
    const system = systemOf(tenant.id)
    const approval = await lockApproval(client, tenant.id, last)
    if (approval === undefined) throw new Error(`No approval ${last}`)
    const ended = await endApproval(parts, client, system, approval, { status: 'expired', reason: null, votes: [] })
    if (ended.ok) await appendAudit(client, system, ended.value.entries)
    return ended
  })
}

async function realChange(by: string, given: Partial<PlainPolicy>): Promise<Code> {
  const edit = { kept: {}, governance: changeOf(given) }
  return attempt((client) => changePolicies(parts, client, actor(by), edit, () => ok(undefined)))
}

async function realVote(by: string, approves: boolean): Promise<Code> {
  const { last: approvalId } = tally
  if (approvalId === undefined) return 'ok'
  const given = { approvalId, memberId: by, vote: approves ? 'approve' : 'reject' } as const
  return attempt((client) => decideApproval(parts, client, actor(by), given))
}

/** As the API does it: what is refused is rolled back, unless what was written down outlives it. */
async function attempt(work: (client: Queryable) => Promise<Result<unknown>>): Promise<Code> {
  const refusal = new Error('rolled back')
  let told: Code = 'ok'
  await asTenant(database, tenant.id, async (client) => {
    const result = await work(client)
    if (result.ok) return
    told = result.problems[0]?.code ?? 'internal'
    if (result.kept !== true) throw refusal
  }).catch((error: unknown) => {
    if (error !== refusal) throw error
  })
  return told
}

async function compare(moment: string): Promise<void> {
  const { found, approvalId } = await look()
  // With the moment, so that a difference says where it is.
  expect({ moment, ...found }).toEqual({ moment, ...expectedOf(model) })
  if (found.waiting !== undefined) tally.last = approvalId
}

async function look() {
  const { governance, pending } = await asTenant(database, tenant.id, (client) => readPolicies(client, tenant.id))
  const found = { policy: plain(governance), waiting: pending && plain(pending.after) }
  return { found, approvalId: pending?.approvalId ?? undefined }
}

const expectedOf = ({ policy, waiting }: PolicyModel) => ({
  policy: sorted(policy),
  waiting: waiting && sorted(waiting.after),
})

function randomChange(): Partial<PlainPolicy> {
  const { policy } = model
  const all: Partial<PlainPolicy>[] = [
    { votes: dice.below(5) },
    { raise: dice.below(3) },
    { tests: dice.falls(0.5) },
    { edits: dice.falls(0.5) },
    { hosts: toggled(policy.hosts, dice.pick(hosts)) },
    { hands: toggled(policy.hands, dice.pick(hands)) },
  ]
  return dice.falls(0.8) ? dice.pick(all) : { ...dice.pick(all), ...dice.pick(all) }
}

const toggled = (list: readonly string[], one: string): string[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one].toSorted()

const sorted = (policy: PlainPolicy): PlainPolicy => ({
  ...policy,
  hosts: policy.hosts.toSorted(),
  hands: policy.hands.toSorted(),
})

function changeOf({
  votes,
  raise,
  tests,
  edits,
  hosts: internal,
  hands: separation,
}: Partial<PlainPolicy>): GovernanceChange {
  const { activate } = defaultGovernance.classes.C
  const rule = votes === 0 || activate === 'none' ? ('none' as const) : { ...activate, quorum: votes ?? 1 }
  const C = { ...(votes !== undefined && { activate: rule }), ...(tests !== undefined && { tests_required: tests }) }
  return {
    classes: { C },
    ...(raise !== undefined && { raised: { log: ([null, 'B', 'C'] as const)[raise] ?? null } }),
    ...(edits !== undefined && { edit_and_approve: edits }),
    ...(internal !== undefined && { internal_hosts: [...internal] }),
    ...(separation !== undefined && { separation: hands.filter((hand) => separation.includes(hand)) }),
  }
}

function plain({ classes, raised, internal_hosts, separation, edit_and_approve: edits }: Governance): PlainPolicy {
  const { activate, tests_required: tests = false } = classes.C
  const votes = activate === 'none' ? 0 : Number(activate.quorum)
  const raise = raised['log'] === undefined ? 0 : raised['log'] === 'B' ? 1 : 2
  return sorted({ votes, raise, tests, edits, hosts: internal_hosts, hands: separation })
}

const presentAdmins = (): string[] => admins.filter((id) => model.governors.has(id))

function actor(id: string): Actor {
  const none = { address: null, requestId: null }
  return { tenantId: tenant.id, kind: 'member', id, name: 'Somebody', channel: 'api', ...none }
}

async function insertAdmin(name: string): Promise<string> {
  const id = newId()
  await insertMember(database.engine, {
    ...{ tenantId: tenant.id, id, email: `${name.toLowerCase()}@acme.example`, name },
    ...{ role: 'admin', approverRoles: [], createdAt: new Date() },
  })
  return id
}
