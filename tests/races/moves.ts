// What people, the clock and the engine do at once in a round, by the dice.

import { createAbsence } from '../../src/governance/absences.ts'
import { decideByLink, newApprovalLink, openApprovalLink, shownBy } from '../../src/governance/approval-links.ts'
import { extendExpiry, withdrawApproval } from '../../src/governance/approval-moves.ts'
import { keepApprovals } from '../../src/governance/approval-times.ts'
import { updateCouncil } from '../../src/governance/councils.ts'
import { decideApproval } from '../../src/governance/decide.ts'
import { delegateApproval, takeBackApproval } from '../../src/governance/delegation.ts'
import { removeMember } from '../../src/governance/members.ts'
import { ok, type Result } from '../../src/kernel/problem.ts'
import { insertApprovalLinks } from '../../src/record/approval-links.ts'
import type { Queryable } from '../../src/record/database.ts'
import { inRequest, type RaceParts } from './stage.ts'
import type { Scene } from './subjects.ts'
import { council, councillors, type Name, type Person } from './tenant.ts'

export interface Move {
  readonly name: string
  /** Resolves with `done`, or with the code of a refusal. Whatever it throws would be a 500 to a caller. */
  play(): Promise<string>
}

const everybody: readonly Name[] = ['olga', 'adam', 'anna', 'fay', 'fred', 'finn', 'bob']

/** A move that is a request of somebody, by a clock that is a little before or at the end of time in some rounds. */
export function request(
  { stage, tenant }: Scene,
  name: string,
  clock: () => number,
  work: (parts: RaceParts, client: Queryable) => Promise<Result<unknown>>,
): Move {
  const play = async (): Promise<string> => {
    const at = clock()
    const parts = { ...stage.parts, now: () => at }
    return said(await inRequest(stage.database, tenant.id, (client) => work(parts, client)))
  }
  return { name, play }
}

const said = (result: Result<unknown>): string => (result.ok ? 'done' : (result.problems[0]?.code ?? 'refused'))

/** Beforehand, so that only the decision itself races. */
async function linkOf(scene: Scene, memberId: string): Promise<{ token: string; shown: string }> {
  const { stage, tenant, approvalId: id, expiresAt } = scene
  const approval = { tenantId: tenant.id, id, expiresAt: new Date(expiresAt) }
  const { token, row } = newApprovalLink(approval, { id: stage.parts.newId(), memberId, now: new Date(stage.now()) })
  await insertApprovalLinks(stage.database.engine, [row])
  const view = await openApprovalLink(stage.parts, token)
  return { token, shown: view === undefined ? '.' : shownBy(stage.parts, token, view) }
}

interface Round {
  readonly scene: Scene
  readonly clock: () => number
}

function voteOver(
  { scene, clock }: Round,
  who: Person,
  vote: 'approve' | 'reject',
  more: { readonly edit?: object; readonly onBehalfOf?: string } = {},
): Move {
  const { approvalId } = scene
  const { edit, ...rest } = more
  const cast = { approvalId, memberId: who.id, vote, ...rest, ...(edit !== undefined && { edit: { ...edit } }) }
  const name = `${who.name} ${vote}s${edit === undefined ? '' : ' an edit'}`
  return request(scene, name, clock, (parts, client) => decideApproval(parts, client, who, cast))
}

async function voteByMail({ scene, clock }: Round, who: Person, vote: 'approve' | 'reject'): Promise<Move> {
  const link = await linkOf(scene, who.id)
  const play = async (): Promise<string> => {
    const at = clock()
    const parts = { ...scene.stage.parts, now: () => at }
    const visit = { address: null, requestId: null }
    return said(await decideByLink(parts, visit, link.token, { vote, shown: link.shown, hasRead: true }))
  }
  return { name: `${who.name} ${vote}s by mail`, play }
}

type Maker = (round: Round) => Promise<readonly Move[]> | readonly Move[]

/** Those who may decide more often than the others, and everybody now and then. */
function voter({ scene: { dice, asked, tenant } }: Round): Person {
  if (dice.falls(0.05)) return tenant.agent
  return tenant.people[dice.pick(dice.falls(0.85) ? asked : everybody)]
}

const choose = ({ scene: { dice } }: Round) => (dice.falls(0.75) ? 'approve' : 'reject')

const votes: Maker = (round) => [voteOver(round, voter(round), choose(round))]

/** The same click twice, over two channels. */
const doubleClick: Maker = async (round) => {
  const { scene } = round
  const who = scene.tenant.people[scene.dice.pick(scene.asked)]
  return [voteOver(round, who, choose(round)), await voteByMail(round, who, choose(round))]
}

const ownVote: Maker = (round) => {
  const { requester, author, tenant, dice } = round.scene
  return [voteOver(round, tenant.people[dice.pick([requester, author])], 'approve')]
}

const edit: Maker = (round) => {
  const { kind, dice, mark } = round.scene
  const salt = dice.below(2)
  const change = kind === 'draft' ? { inputs: { tag: `${mark}-draft-${salt}` } } : { amount: salt }
  return [voteOver(round, voter(round), 'approve', { edit: change })]
}

const delegation: Maker = (round) => {
  const { scene, clock } = round
  const { dice, tenant, asked, approvalId } = scene
  const [from, to] = [tenant.people[dice.pick(asked)], tenant.people[dice.pick(everybody)]]
  const seat = { approvalId, memberId: from.id }
  const hand = request(scene, `${from.name} hands it to ${to.name}`, clock, (parts, client) =>
    delegateApproval(parts, client, from, { ...seat, delegateId: to.id }),
  )
  const back = request(scene, `${from.name} takes it back`, clock, (parts, client) =>
    takeBackApproval(parts, client, from, seat),
  )
  const vote = voteOver(round, to, choose(round), dice.falls(0.5) ? { onBehalfOf: from.id } : {})
  return dice.pick([[hand], [hand, vote], [hand, back], [hand, back, vote]])
}

const absence: Maker = (round) => {
  const { scene, clock } = round
  const { dice, tenant, asked } = scene
  const [away, to] = [tenant.people[dice.pick(asked)], tenant.people[dice.pick(everybody)]]
  const from = scene.stage.now() - 3_600_000
  const times = { startsAt: new Date(from), endsAt: new Date(from + 86_400_000), note: null }
  const leave = request(scene, `${away.name} is away for ${to.name}`, clock, (parts, client) =>
    createAbsence(parts, client, away, { memberId: away.id, delegateId: to.id, ...times }, false),
  )
  return [leave, voteOver(round, to, choose(round), { onBehalfOf: away.id })]
}

const withdrawal: Maker = ({ scene, clock }) => {
  const { dice, tenant, requester, approvalId } = scene
  const who = tenant.people[dice.falls(0.7) ? requester : dice.pick(everybody)]
  return [
    request(scene, `${who.name} withdraws it`, clock, (parts, client) =>
      withdrawApproval(parts, client, who, { approvalId, reason: 'Not any more.' }),
    ),
  ]
}

const extension: Maker = ({ scene, clock }) => {
  const { dice, tenant, requester, approvalId, expiresAt } = scene
  const until = new Date(expiresAt + 60_000 * (1 + dice.below(5)))
  return [
    request(scene, 'more time', clock, (parts, client) =>
      extendExpiry(parts, client, tenant.people[requester], { approvalId, expiresAt: until }),
    ),
  ]
}

/** Of executions the engine's own clock tells; of all else the keeper, of whom there are two. */
const expiry: Maker = ({ scene }) => {
  const { stage, kind, expiresAt, dice } = scene
  if (kind === 'step' || kind === 'run') {
    const play = async (): Promise<string> => {
      stage.travel(Math.max(0, expiresAt - stage.now()))
      return 'done'
    }
    return [{ name: 'its time passes', play }]
  }
  const at = expiresAt - (dice.falls(0.2) ? 1 : 0)
  const play = async (): Promise<string> => {
    await keepApprovals({ ...stage.parts, now: () => at }, at)
    return 'done'
  }
  const keeper = { name: `a keeper comes ${at - expiresAt} ms after its end`, play }
  return dice.falls(0.3) ? [keeper, keeper] : [keeper]
}

const removal: Maker = ({ scene, clock }) => {
  const { dice, tenant, asked } = scene
  const who = tenant.people[dice.pick(asked)]
  return [
    request(scene, `${who.name} is removed`, clock, (parts, client) =>
      removeMember(parts, client, tenant.people.olga, who.id),
    ),
  ]
}

const seats: Maker = ({ scene, clock }) => {
  const { dice, tenant } = scene
  const memberIds = councillors.filter(() => dice.falls(0.7)).map((name) => tenant.people[name].id)
  const threshold = dice.pick([1, 2, 3, 'majority', 'unanimous'] as const)
  const change = dice.falls(0.6) ? { memberIds } : { memberIds, threshold }
  return [
    request(scene, `the council has ${memberIds.length} seats`, clock, (parts, client) =>
      updateCouncil(parts, client, tenant.people.olga, council, change, () => ok(undefined)),
    ),
  ]
}

const common: readonly (readonly [number, Maker])[] = [
  [6, votes],
  [3, doubleClick],
  [1, ownVote],
  [2, delegation],
  [1, absence],
  [1, withdrawal],
  [1, extension],
  [1.5, removal],
]

/** Four to ten of them. `more` are those of the kind, by weight. */
export async function movesOf(scene: Scene, more: readonly (readonly [number, () => readonly Move[]])[]) {
  const { dice, kind, expiresAt, stage } = scene
  const isAtTheEdge = dice.falls(0.25)
  const edges = [expiresAt - 1, expiresAt - 1, expiresAt]
  const clock = (): number =>
    isAtTheEdge && kind !== 'step' && kind !== 'run' ? (edges.shift() ?? expiresAt - 1) : stage.now()
  const round = { scene, clock }
  const table: (readonly [number, Maker])[] = [...common, ...more]
  if (isAtTheEdge) table.push([4, expiry])
  if (kind === 'draft' || kind === 'step') table.push([2, edit])
  if (kind === 'draft' || kind === 'template') table.push([2, seats])
  const wanted = 4 + dice.below(7)
  const moves: Move[] = isAtTheEdge ? [...(await expiry(round))] : []
  while (moves.length < wanted) moves.push(...(await pick(scene, table)(round)))
  return moves.slice(0, 10)
}

function pick({ dice }: Scene, table: readonly (readonly [number, Maker])[]): Maker {
  let left = dice.next() * table.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, maker] of table) {
    left -= weight
    if (left < 0) return maker
  }
  return votes
}
