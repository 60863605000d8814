// What the life of an approval promises, whoever does what in whatever order: the same states and the same refusals as in a plain
// model of it, and one end.

import { expect, test } from 'vitest'
import { Dice } from '../fuzz/dice.ts'
import { openTestDatabase } from '../setup/database.ts'
import { ApprovalModel, type Asked, type Code, type Person, type Quorum } from './approval-model.ts'
import { ApprovalStage } from './approval-stage.ts'

const moves = Number(process.env['COUNTERSIGN_TEST_MOVES'] ?? 300)
const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? 20_261_121)
const start = Date.parse('2026-11-21T12:00:00Z')
const hourMs = 3_600_000
const longest = 25

const database = openTestDatabase(2)

class Walk {
  readonly dice = new Dice(seed)
  readonly stage: ApprovalStage
  readonly model: ApprovalModel
  readonly ids: readonly string[]

  private constructor(stage: ApprovalStage, people: Map<string, Person>) {
    this.stage = stage
    this.model = new ApprovalModel(people, start)
    this.ids = [...people.keys()]
  }

  static async open(): Promise<Walk> {
    const stage = await ApprovalStage.open(database, start)
    const people = new Map<string, Person>()
    for (const [name, judge, admin] of cast) {
      const { id } = await stage.addMember(name, admin ? 'admin' : 'viewer', judge ? ['judge'] : [])
      people.set(id, { present: true, judge, admin })
    }
    // The owner of the tenant is nobody's judge.
    people.set(stage.owner.id, { present: true, judge: false, admin: false })
    const walk = new Walk(stage, people)
    walk.model.bench = walk.ids.slice(0, 3)
    await stage.addBench(walk.model.bench, walk.model.threshold)
    return walk
  }

  get others(): readonly string[] {
    return this.ids.filter((id) => id !== this.stage.owner.id)
  }

  who(): string {
    return this.dice.pick(this.others)
  }

  /** Those who have something to say more often than not. */
  voter(): string {
    const involved = [...this.model.seats(), ...this.model.handed.values()].filter((id) => id !== this.stage.owner.id)
    return involved.length > 0 && this.dice.falls(0.8) ? this.dice.pick(involved) : this.who()
  }

  quorum(): Quorum {
    return this.dice.pick<Quorum>([1, 2, 2, 3, 'majority', 'unanimous'])
  }

  async begin(): Promise<readonly [Code, Code]> {
    const { dice, model, stage } = this
    for (const person of model.people.values()) person.present = true
    model.absences.splice(0)
    await stage.restore(this.ids)
    const requester = this.who()
    const author = this.who()
    const excluded = dice.falls(0.5)
      ? [...(dice.falls(0.7) ? [requester] : []), ...(dice.falls(0.5) ? [author] : [])]
      : []
    const setting = {
      asks: dice.pick<Asked>([
        { role: 'judge' },
        { role: 'judge' },
        { council: 'bench' },
        { roles: ['judge', 'admin'] },
      ]),
      quorum: this.quorum(),
      excluded: [...new Set(excluded)],
      requester,
      mayEdit: dice.falls(0.5),
      escalates: dice.falls(0.3),
      expiresAt: model.now + dice.pick([5, 20, 50]) * hourMs,
    }
    model.begin(setting)
    const expected: Code = model.canBeMet() ? 'ok' : 'unreachable_quorum'
    return [expected, await stage.begin(setting)]
  }

  async move(): Promise<readonly [string, Code, Code]> {
    const { dice, model, stage } = this
    const kind = dice.pick(kinds)
    const who = this.who()
    const both = async (expected: Code, real: Promise<Code>) => [kind, expected, await real] as const
    switch (kind) {
      case 'vote': {
        const voter = this.voter()
        const of = {
          approve: dice.falls(0.75),
          ...(dice.falls(0.15) && { seat: this.voter() }),
          ...(dice.falls(model.mayEdit ? 0.4 : 0.1) && { edit: dice.pick(['x', 'y', 'original']) }),
          ...(dice.falls(0.05) && { as: who }),
          ...(dice.falls(0.05) && { agent: true }),
        }
        return both(model.vote(voter, of), stage.vote(voter, of))
      }
      case 'delegate': {
        const owner = this.voter()
        return both(model.delegate(owner, who), stage.delegate(owner, who))
      }
      case 'take back': {
        const owner = dice.falls(0.7) ? dice.pick([who, ...model.handed.keys()]) : who
        return both(model.takeBack(owner), stage.takeBack(owner))
      }
      case 'comment':
        return both(model.comment(), stage.comment(who))
      case 'withdraw':
        return both(model.withdraw(who), stage.withdraw(who))
      case 'extend': {
        const until = model.expiresAt + dice.pick([-1, 0, 1, 24, 2500]) * hourMs
        return both(model.extend(who, until), stage.extend(who, until))
      }
      case 'absent': {
        const away = this.voter()
        const by = dice.falls(0.7) ? away : who
        const of = {
          delegate: this.who(),
          from: model.now - hourMs,
          to: model.now + dice.pick([-2, 0, 1, 10]) * hourMs,
        }
        const person = model.people.get(by)
        const governs = person?.admin === true
        return both(model.absent(away, by, of), stage.absent(away, by, of, governs))
      }
      case 'remove':
        return both(model.remove(who), stage.remove(who))
      case 'judge': {
        const judge = dice.falls(0.6)
        return both(model.setJudge(who, judge), stage.setJudge(who, judge))
      }
      case 'bench': {
        const members = this.others.filter(() => dice.falls(0.5))
        const threshold = this.quorum()
        return both(model.setBench(members, threshold), stage.setBench(members, threshold))
      }
      case 'change':
        if (dice.falls(0.3)) {
          model.isStale = true
          await stage.changeContent()
        }
        return both('ok', Promise.resolve('ok'))
      case 'clock':
        model.now += dice.pick([0, 1, 1, 3, 12]) * hourMs
        stage.now = model.now
        return both('ok', Promise.resolve('ok'))
      case 'expire':
        return both(model.expire(), stage.expire())
    }
  }

  expected() {
    const { status, content, expiresAt, unreachable, votes, handed } = this.model
    return {
      status,
      content,
      expiresAt,
      unreachable,
      votes: votes.map(({ voter, seat, approve }) => `${voter} ${seat} ${approve ? 'approve' : 'reject'}`),
      handed: [...handed].map(([owner, to]) => `${owner} ${to}`).toSorted(),
    }
  }
}

/** Name, whether a judge, whether an admin. */
const cast = [
  ['Ana', true, false],
  ['Ben', true, false],
  ['Cleo', true, true],
  ['Dora', true, false],
  ['Eve', false, false],
  ['Finn', false, true],
  ['Gus', false, false],
] as const

/** As often as they stand here. */
const kinds = [
  ...([
    'vote',
    'vote',
    'vote',
    'vote',
    'vote',
    'vote',
    'vote',
    'delegate',
    'delegate',
    'take back',
    'comment',
  ] as const),
  ...(['withdraw', 'extend', 'absent', 'absent', 'remove', 'judge', 'bench', 'change', 'clock', 'expire'] as const),
]

test('an approval lives as the model does', { timeout: 60_000 + moves * 200 }, async () => {
  const walk = await Walk.open()
  const { model, stage } = walk
  let made = 0
  let refused = 0
  while (made < moves) {
    const [expectedBegin, begun] = await walk.begin()
    expect(`seed ${seed}, move ${made}: ask: ${begun}`).toBe(`seed ${seed}, move ${made}: ask: ${expectedBegin}`)
    made += 1
    if (begun !== 'ok') {
      refused += 1
      continue
    }
    const trail: string[] = []
    for (let after = 0, step = 0; step < longest && after < 3; step += 1) {
      const [kind, expected, real] = await walk.move()
      trail.push(`${kind} ${real}`)
      const told = `seed ${seed}, move ${made}: ${trail.join(', ')}`
      const settled = stage.settled.get(stage.approvalId) ?? 0
      expect({ told, answer: real, settled, ...(await stage.see()) }).toEqual({
        ...{ told, answer: expected, settled: model.status === 'pending' ? 0 : 1 },
        ...walk.expected(),
      })
      made += 1
      if (real !== 'ok') refused += 1
      if (model.status !== 'pending') after += 1
    }
  }
  process.stdout.write(`approval: moves ${made}, refused ${refused}, seed ${seed}\n`)
})
