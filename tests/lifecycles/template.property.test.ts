// Templates against a plain model: random moves, legal and not, by random members of each role; same refusals, same state.

import { expect, test } from 'vitest'
import { createStarter } from '../../src/engine/triggers/starter.ts'
import { createExpressionThreads } from '../../src/engine/expressions/expression-threads.ts'
import { templateUseRoutes } from '../../src/api/routes/template-uses.ts'
import { templateRoutes } from '../../src/api/routes/templates.ts'
import { withdrawApproval } from '../../src/governance/approval-moves.ts'
import { createCouncil, updateCouncil } from '../../src/governance/councils.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import type { Officer } from '../../src/governance/people-parts.ts'
import { askPreApproval, revokePreApproval } from '../../src/governance/template-approval.ts'
import { runTemplate } from '../../src/governance/template-runs.ts'
import { createTemplate, deleteTemplate, restoreTemplate, updateTemplate } from '../../src/governance/templates.ts'
import { may, permissionNames, type Role } from '../../src/kernel/access/permissions.ts'
import { ok, type Result } from '../../src/kernel/problem.ts'
import type { QuorumRule } from '../../src/kernel/voting/tally.ts'
import { createHouseRegistry } from '../../src/main.ts'
import { asTenant, type Queryable } from '../../src/record/database.ts'
import { insertMember } from '../../src/record/members.ts'
import { createTestTenant, newId, openTestDatabase } from '../setup/database.ts'
import { type Outcome, TemplateModel } from './template-model.ts'

const moves = Number(process.env['COUNTERSIGN_TEST_MOVES'] ?? 300)
const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? Date.now() % 1_000_000)
const council = 'finance'
const names = ['one', 'two'] as const
const accessOf = new Map([...templateRoutes, ...templateUseRoutes].map(({ operation, access }) => [operation, access]))

/** mulberry32, so that a seed tells the whole story. */
function dice(state: number) {
  let at = state
  const roll = (): number => {
    at = (at + 0x6d2b79f5) | 0
    const a = Math.imul(at ^ (at >>> 15), 1 | at)
    const b = (a + Math.imul(a ^ (a >>> 7), 61 | a)) ^ a
    return ((b ^ (b >>> 14)) >>> 0) / 4_294_967_296
  }
  const pick = <T>(list: readonly T[]): T => {
    const chosen = list[Math.floor(roll() * list.length)]
    if (chosen === undefined) throw new Error('Nothing to choose from')
    return chosen
  }
  return { roll, pick }
}

/** What is different in content 0, 1 and 2. */
const given = (content: number) => ({
  source: `name: greet\ninputs:\n  who: { type: string }\nsteps:\n  - id: say\n    action: log\n    config: { message: "${content}" }\n`,
  defaultInputs: {},
  requiredFields: ['who'],
  optionalFields: [],
  copyBlocks: {},
})
const about = { title: 'Greet', description: '', category: 'operations', tags: [] }

class Kept extends Error {
  readonly result: Result<unknown>
  constructor(result: Result<unknown>) {
    super('rolled back')
    this.result = result
  }
}

async function openStage() {
  const database = openTestDatabase()
  const tenant = await createTestTenant(database, { governed: true })
  const tenantId = tenant.id
  const expressions = createExpressionThreads({})
  const clock = { now: Date.now, newId }
  const starter = createStarter({ database, ...clock, evaluate: expressions.evaluate, maxPayload: 100_000 })
  const parts = { ...clock, registry: createHouseRegistry(), starter, url: 'http://test', forgetAccess: () => {} }
  const member = async (name: string, role: 'admin' | 'viewer' | 'builder') => {
    const row = { tenantId, id: newId(), email: `${name}@acme.example`, name, role, approverRoles: [] }
    return insertMember(database.engine, { ...row, createdAt: new Date() })
  }
  const more = [await member('Eve', 'admin'), await member('Vic', 'viewer'), await member('Gus', 'builder')]
  const people = [...Object.values(tenant.members), ...more].map(({ id, name, role }) => officer(id, name, role))
  const agent = { ...officer(newId(), 'Bot', 'agent'), kind: 'agent' as const }
  function officer(id: string, name: string, role: Role): Officer & { readonly id: string } {
    return { tenantId, kind: 'member', id, name, role, channel: 'api', address: null, requestId: null }
  }
  /** As the API does it: what is refused is rolled back, unless what was written down outlives it. */
  const attempt = (work: (client: Queryable) => Promise<Result<unknown>>): Promise<Result<unknown>> =>
    asTenant(database, tenantId, async (client) => {
      const result = await work(client)
      if (!result.ok && !('kept' in result && result.kept)) throw new Kept(result)
      return result
    }).catch((error: unknown) => {
      if (error instanceof Kept) return error.result
      throw error
    })
  return { database, tenantId, parts, people, agent, attempt, close: () => expressions.close() }
}

test('templates live as the model says', async () => {
  const stage = await openStage()
  const { database, tenantId, parts, people, agent, attempt } = stage
  const { roll, pick } = dice(seed)
  const first = people.filter(({ role }) => role !== 'builder').slice(0, 4)
  const model = new TemplateModel(
    first.map(({ id }) => id),
    'majority',
  )
  const [founder] = people
  if (founder === undefined) throw new Error('There is nobody')
  const founding = { name: council, title: 'Finance', domain: 'finance', threshold: model.threshold }
  await attempt((client) => createCouncil(parts, client, founder, { ...founding, memberIds: model.seats }))
  const askIds: string[] = []

  const mayDo = (role: Role, operation: string): boolean => {
    const access = accessOf.get(operation) ?? operation
    return permissionNames.some((name) => name === access && may(role, name))
  }

  interface Move {
    readonly operation: string
    model(): Outcome
    real(client: Queryable): Promise<Result<unknown>>
  }
  const onTemplate = (name: string, who: Officer): Move => {
    const reference = who.id ?? ''
    const content = Math.floor(roll() * 3)
    const governs = who.role === 'owner' || who.role === 'admin'
    const dies = roll()
    if (dies < 0.1) {
      return {
        operation: 'createTemplate',
        model: () => model.create(name, reference, content),
        real: (client) => createTemplate(parts, client, who, { ...about, ...given(content), name }),
      }
    }
    if (dies < 0.16) {
      return {
        operation: 'updateTemplate',
        model: () => model.edit(name, reference, content),
        real: (client) =>
          updateTemplate(parts, client, who, name, { ...given(content), title: `T${roll()}` }, () => ok(0)),
      }
    }
    if (dies < 0.19) {
      return {
        operation: 'deleteTemplate',
        model: () => model.delete(name),
        real: (client) => deleteTemplate(parts, client, who, name, () => ok(0)),
      }
    }
    if (dies < 0.29) {
      return {
        operation: 'restoreTemplate',
        model: () => model.restore(name),
        real: (client) => restoreTemplate(parts, client, who, name),
      }
    }
    if (dies < 0.55) {
      return {
        operation: 'askPreApproval',
        model: () => model.ask(name, reference),
        real: async (client) => {
          const asked = await askPreApproval(parts, client, who, { name, council })
          if (asked.ok) askIds.push(asked.value.approvalId)
          return asked
        },
      }
    }
    if (dies < 0.6) {
      return {
        operation: 'revokePreApproval',
        model: () => model.revoke(name, reference, governs),
        real: (client) => revokePreApproval(parts, client, who, { name, reason: 'No.' }),
      }
    }
    const inputs: Record<string, string> = roll() < 0.8 ? { who: 'Ana' } : {}
    return {
      operation: 'runTemplate',
      model: () => model.run(name, 'who' in inputs),
      real: (client) => runTemplate(parts, client, who, { name, inputs }),
    }
  }
  const onAsk = (at: number, who: Officer): Move => {
    const [ask, approvalId = ''] = [model.asks[at], askIds[at]]
    if (ask === undefined) throw new Error(`There is no request ${at}`)
    const memberId = who.id ?? ''
    if (roll() < 0.1) {
      const governs = who.role === 'owner' || who.role === 'admin'
      return {
        operation: 'approvals:ask',
        model: () => model.withdraw(ask, memberId, governs),
        real: (client) => withdrawApproval(parts, client, who, { approvalId, reason: 'Later.' }),
      }
    }
    const vote = roll() < 0.75 ? 'approve' : 'reject'
    return {
      operation: 'approvals:decide',
      model: () => model.vote(ask, memberId, vote),
      real: (client) => decideApproval(parts, client, who, { approvalId, memberId, vote }),
    }
  }
  const onCouncil = (who: Officer): Move => {
    const seats = people.filter(() => roll() < 0.6).map(({ id }) => id)
    const threshold = pick<QuorumRule>(['majority', 'unanimous', 1, 2])
    const memberIds = seats.length === 0 ? [founder.id] : seats
    return {
      operation: 'councils:write',
      model: () => model.reseat(memberIds, threshold),
      real: (client) => updateCouncil(parts, client, who, council, { memberIds, threshold }, () => ok(undefined)),
    }
  }

  const stateNow = async () => {
    const { rows } = await database.engine.query<{ name: string; approved: boolean; uses: number }>(
      `select name, is_pre_approved as approved, usage_count as uses from templates
        where tenant_id = $1 and deleted_at is null order by name`,
      [tenantId],
    )
    const { rows: recent } = await database.engine.query<{ status: string }>(
      `select status from approvals where tenant_id = $1 and id = any ($2::uuid[]) order by id`,
      [tenantId, askIds.slice(-6)],
    )
    return { templates: rows, asks: recent.map(({ status }) => status) }
  }
  const stateOfModel = () => ({
    templates: [...model.live]
      .map(([name, { isPreApproved: approved, uses }]) => ({ name, approved, uses }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    asks: model.asks.slice(-6).map(({ status }) => status),
  })

  let refused = 0
  for (let at = 0; at < moves; at++) {
    const dies = roll()
    const makeMove = (who: Officer): Move => {
      const pending = model.asks.flatMap(({ status }, index) => (status === 'pending' ? [index] : []))
      if (dies < 0.03) return onCouncil(who)
      if (dies > 0.55 && pending.length > 0 && roll() < 0.9) return onAsk(pick(pending), who)
      if (dies > 0.95 && askIds.length > 0) return onAsk(askIds.length - 1, who)
      return onTemplate(pick(names), who)
    }
    const seated = people.filter(({ id }) => model.seats.includes(id))
    let who: Officer = roll() < 0.05 ? agent : pick(dies > 0.55 ? seated : people)
    let move = makeMove(who)
    // Most who may not do a thing don't try.
    for (let tries = 0; tries < 5 && !mayDo(who.role, move.operation) && roll() < 0.9; tries++) {
      who = pick(people)
      move = makeMove(who)
    }
    const isAllowed = mayDo(who.role, move.operation)
    const expected = isAllowed ? move.model() : 'forbidden'
    const result = isAllowed ? await attempt((client) => move.real(client)) : undefined
    const outcome = result === undefined ? 'forbidden' : result.ok ? 'done' : result.problems[0]?.code
    const where = `move ${at} of seed ${seed}: ${move.operation} by ${who.name}`
    if (outcome !== expected) throw new Error(`${where}: ${outcome} instead of ${expected}: ${JSON.stringify(result)}`)
    if (outcome !== 'done') refused++
    expect({ where, ...(await stateNow()) }).toEqual({ where, ...stateOfModel() })
  }
  await stage.close()
  process.stdout.write(`template: moves ${moves}, refused ${refused}, seed ${seed}\n`)
  // A model that refuses all proves nothing.
  expect(model.asks.some(({ status }) => status === 'approved')).toBe(true)
})
