// A draft's life against a plain model of it: random moves, legal and not, by random members. Same state, same refusals.

import { expect, test } from 'vitest'
import { createDraft } from '../../src/governance/draft-editing.ts'
import { asTenant } from '../../src/record/database.ts'
import { findDraft } from '../../src/record/drafts.ts'
import type { Officer } from '../../src/governance/people-parts.ts'
import { openTestDatabase } from '../setup/database.ts'
import { DraftModel, type ModelMove, type ModelPerson } from './draft-model.ts'
import { contentOf, type DraftStage, inRequest, openDraftStage, perform, stageParts } from './draft-stage.ts'

const moves = Number(process.env['COUNTERSIGN_TEST_MOVES'] ?? 300)
const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? Date.now() % 1_000_000)
const database = openTestDatabase(3)
const parts = stageParts(database)

/** mulberry32: the same seed gives the same moves. */
function diceOf(start: number): (sides: number) => number {
  let state = start
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}

/** So that most moves have something to do, and some are made where nothing is to be done. */
const chosen: readonly ModelMove[] = [
  ...(['approve', 'approve', 'approve', 'reject', 'submit', 'submit', 'edit', 'withdraw'] as const),
  ...(['reopen', 'reopen', 'convert', 'convert', 'discard'] as const),
]

interface Played {
  readonly id: string
  readonly creator: number
  readonly model: DraftModel
}

class Play {
  refused = 0
  private readonly stage: DraftStage
  private readonly dice: (sides: number) => number
  private drafts: Played[] = []

  constructor(stage: DraftStage, dice: (sides: number) => number) {
    this.stage = stage
    this.dice = dice
  }

  async turn(turn: number): Promise<void> {
    const isNew = this.drafts.length < 3 || this.dice(10) === 0
    await (isNew ? this.create(turn) : this.move(turn))
  }

  /** Whether a role may create at all is the route's to say: the viewer does not try. */
  private async create(turn: number): Promise<void> {
    const { tenantId, people } = this.stage
    const creator = this.dice(people.length - 1)
    const { officer, person } = this.one(creator)
    const category = this.dice(4) === 0 ? 'quiet' : 'media'
    const content = contentOf(category, `Turn ${turn}`)
    const made = await inRequest(database, tenantId, (client) => createDraft(parts, client, officer, content))
    if (!made.ok) throw new Error(JSON.stringify(made.problems))
    this.drafts.push({ id: made.value.id, creator, model: new DraftModel(person, category === 'media') })
    this.drafts = this.drafts.slice(-12)
  }

  private async move(turn: number): Promise<void> {
    const { tenantId } = this.stage
    const draft = this.drafts[this.dice(this.drafts.length)]
    const move = chosen[this.dice(chosen.length)]
    if (draft === undefined || move === undefined) throw new Error('A die fell off the table')
    const { officer, person } = this.mover(draft, move)
    const { id, model } = draft
    const isVote = move === 'approve' || move === 'reject'
    const approvalId = (await this.stored(id))?.approvalId ?? null
    const story = `seed ${seed}, turn ${turn}: ${officer.name} (${officer.role}) ${move}s a draft that is ${model.status}`
    const expected = isVote && approvalId === null ? 'not_found' : model.make(move, person)
    const result = await inRequest<unknown>(database, tenantId, (client) =>
      perform(parts, client, officer, { id, approvalId, move, turn }),
    )
    if (expected !== 'done') this.refused++
    const now = await this.stored(id)
    const found = [result.ok ? 'done' : result.problems[0]?.code, now?.status, now?.revision].join(' ')
    const wanted = [expected, model.status, model.revision].join(' ')
    if (found !== wanted) throw new Error(`${story}: it is ${found}, and should be ${wanted}`)
  }

  /** Half of the time somebody whose move it might be. */
  private mover({ creator }: Played, move: ModelMove) {
    const seated = [1, 2, 3]
    const likely = move === 'approve' || move === 'reject' ? seated : [creator, creator, 0]
    const everybody = this.stage.people.map((_, index) => index)
    const from = this.dice(2) === 0 ? likely : everybody
    return this.one(from[this.dice(from.length)] ?? 0)
  }

  private one(index: number): { officer: Officer; person: ModelPerson } {
    const { people, memberIds } = this.stage
    const officer = people[index]
    if (officer?.id === undefined || officer.id === null) throw new Error(`Nobody is number ${index}`)
    const { id, role } = officer
    return { officer, person: { id, role, isSeated: memberIds.includes(id) } }
  }

  private stored(id: string) {
    const { tenantId } = this.stage
    const viewer = { memberId: null, now: new Date() }
    return asTenant(database, tenantId, (client) => findDraft(client, tenantId, id, viewer))
  }
}

test(
  'a draft is what the model says, and refuses what the model refuses',
  async () => {
    const stage = await openDraftStage(database)
    const play = new Play(stage, diceOf(seed))
    for (let turn = 0; turn < moves; turn++) await play.turn(turn)
    const { rows } = await database.engine.query<{ converted: number; started: number }>(
      `select (select count(*)::integer from drafts where tenant_id = $1 and status = 'converted') as converted,
        (select count(*)::integer from executions where tenant_id = $1 and dedupe_key like 'draft:%') as started`,
      [stage.tenantId],
    )
    expect(rows[0]?.started).toBe(rows[0]?.converted)
    process.stdout.write(`draft: moves ${moves}, refused ${play.refused}, seed ${seed}\n`)
  },
  60_000 + moves * 100,
)
