// What must hold when a round is over, asked of the database, the receiver and the workers' acknowledgements.

import {
  executionsOf,
  type ExecutionRow,
  journalsOf,
  type JournalRow,
  leftOvers,
  notesOf,
  staleSince,
} from './crash-sql.ts'
import { persist } from './patience.ts'
import { eventText } from './points.ts'
import type { Scene } from './scene.ts'
import type { Stage } from './stage.ts'
import { keysOf, type Known, notesOf as notesExpected } from './workflows.ts'

export interface Verdict {
  readonly problems: string[]
  readonly executions: number
  /** Events that say that a step or an item completed. */
  readonly steps: number
}

export class Judge {
  private readonly stage: Stage
  /** Acknowledged events of executions that the round at hand does not know: of a worker that stood still for long. */
  private readonly belated: string[] = []
  private staleSeen = 0

  constructor(stage: Stage) {
    this.stage = stage
  }

  async judge(scene: Scene): Promise<Verdict> {
    const { owner, crew, known } = this.stage
    const { tenantId } = scene
    const executions = await persist(() => executionsOf(owner, tenantId))
    const journals = Map.groupBy(await journalsOf(owner, tenantId), (row) => row.execution_id)
    const notes = await notesOf(owner, tenantId)
    const problems = [...scene.complaints, ...counted(scene, executions), ...scheduled(executions)]
    for (const execution of executions) {
      const expected = known.get(execution.workflow)
      if (expected !== undefined) problems.push(...ofExecution(execution, expected, journals.get(execution.id) ?? []))
    }
    problems.push(
      ...differences(
        'note',
        notes,
        executions.flatMap(({ id, workflow }) => notesOfOne(known.get(workflow), id)),
      ),
    )
    problems.push(...this.effects(executions), ...(await leftOvers(owner, tenantId)))
    problems.push(...this.acknowledged(crew.durable.splice(0), journals))
    problems.push(...crew.crashed.splice(0), ...(await this.stale()))
    const steps = [...journals.values()].flat().filter(({ type }) => type === 'step.completed').length
    return { problems, executions: executions.length, steps }
  }

  /** What can only be said at the end of the run: late words of workers that stood still. */
  async last(): Promise<string[]> {
    const { owner, crew } = this.stage
    const events = [...this.belated.splice(0), ...crew.durable.splice(0)]
    const ids = [...new Set(events.map((text) => text.split(' ')[0] ?? ''))]
    const rows = await journalsOf(owner, ids)
    return [...missing(events, new Set(rows.map(textOf))), ...(await this.stale())]
  }

  /** What the dead have written or own, told once. */
  async stale(): Promise<string[]> {
    const { found, next } = await persist(() => staleSince(this.stage.owner, this.staleSeen))
    this.staleSeen = next
    return found
  }

  private effects(executions: readonly ExecutionRow[]): string[] {
    const { receiver, known } = this.stage
    const ids = new Set(executions.map(({ id }) => id))
    const expected = executions.flatMap(({ id, workflow }) => {
      const one = known.get(workflow)
      return one === undefined ? [] : keysOf(one, id)
    })
    const seen = [...receiver.asked.keys()].filter((key) => ids.has(key.split(':')[0] ?? ''))
    for (const key of seen) receiver.asked.delete(key)
    return differences('effect', seen, expected)
  }

  private acknowledged(events: readonly string[], journals: ReadonlyMap<string, readonly JournalRow[]>): string[] {
    const [own, others] = [true, false].map((isOwn) =>
      events.filter((text) => journals.has(text.split(' ')[0] ?? '') === isOwn),
    )
    this.belated.push(...(others ?? []))
    return missing(own ?? [], new Set([...journals.values()].flat().map(textOf)))
  }
}

function missing(events: readonly string[], written: ReadonlySet<string>): string[] {
  const lost = events
    .filter((text) => !written.has(text))
    .map((text) => `acknowledged, but not in the journal: ${text}`)
  const seen = new Set<string>()
  const twice = events.filter((text) => seen.size === seen.add(text).size)
  return [...lost, ...twice.map((text) => `acknowledged twice: ${text}`)]
}

const textOf = (row: JournalRow): string =>
  eventText(row.execution_id, row.seq, { type: row.type, step: row.step, item: row.item, at: row.at.getTime() })

function notesOfOne(known: Known | undefined, id: string): string[] {
  return known === undefined ? [] : notesExpected(known).map((note) => `${id} ${note}`)
}

/** As many executions of each workflow as were started, and as many children as parents. */
function counted(scene: Scene, executions: readonly ExecutionRow[]): string[] {
  const found = Map.groupBy(executions, ({ workflow }) => workflow)
  const expected = new Map(scene.started)
  const children = scene.started.get('child')
  if (children !== undefined) expected.set('child-of', children)
  return [...expected].flatMap(([workflow, count]) => {
    const { length } = found.get(workflow) ?? []
    return length === count ? [] : [`${count} executions of ${workflow} were to be there, and there are ${length}`]
  })
}

/** Each fire time starts one execution at most. */
function scheduled(executions: readonly ExecutionRow[]): string[] {
  const times = executions.flatMap(({ planned_at: plannedAt }) => (plannedAt === null ? [] : [plannedAt]))
  return differences('fire time', times, [...new Set(times)])
}

function ofExecution(
  { id, workflow, status, ...row }: ExecutionRow,
  known: Known,
  journal: readonly JournalRow[],
): string[] {
  const say = (what: string): string => `${workflow} ${id}: ${what}`
  const problems: string[] = []
  if (status !== known.status) problems.push(say(`is ${status} and not ${known.status}`))
  if (row.worker_id !== null) problems.push(say(`is still owned by ${row.worker_id}`))
  if (row.pending_signals !== 0) problems.push(say(`has ${row.pending_signals} signals pending`))
  if (journal.some(({ seq }, index) => seq !== index + 1)) problems.push(say('has a gap in its journal'))
  const ends = journal.filter(({ type }) => type === 'execution.ended')
  if (ends.length !== 1) problems.push(say(`has ${ends.length} ends`))
  if (journal.at(-1)?.type !== 'execution.ended') problems.push(say('goes on after its end, or has none'))
  const done = (type: string) => journal.filter((event) => event.type === type).map(placeOf)
  // A `for_each` step that has completed is told by its items, or by an event of its own.
  const loops = new Set(known.workflow.steps.flatMap((step) => (step.for_each === undefined ? [] : [step.id])))
  const completed = done('step.completed').filter((place) => !loops.has(place))
  problems.push(...differences('completed step', completed, known.completed).map(say))
  problems.push(...differences('compensation', done('compensation.completed'), known.undone).map(say))
  return problems
}

const placeOf = ({ step, item }: JournalRow): string => (item === null ? `${step}` : `${step}[${item}]`)

/** What is there too often, or not at all. */
function differences(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const counts = new Map(expected.map((one) => [one, 0]))
  const strange: string[] = []
  for (const one of found) {
    const count = counts.get(one)
    if (count === undefined) strange.push(`${what} ${one} was not to be there`)
    else counts.set(one, count + 1)
  }
  return [
    ...strange,
    ...[...counts].flatMap(([one, count]) => (count === 1 ? [] : [`${what} ${one} is there ${count} times`])),
  ]
}
