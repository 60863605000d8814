// Watches an execution and the child executions it waits for, by reading their journals on.

import { type Workflow, workflowSchema } from '../../kernel/definition/workflow.ts'
import { buildGraph, type Graph } from '../../kernel/plan/graph.ts'
import type { JournalEvent } from '../../kernel/plan/journal.ts'
import type { EndStatus } from '../../kernel/plan/state.ts'
import type { Queryable } from '../../record/database.ts'
import { type Execution, findExecution } from '../../record/executions.ts'
import { readJournal } from '../../record/journal.ts'
import { findVersion } from '../../record/workflows.ts'
import { Refusal } from '../refusal.ts'
import { isForPerson } from './step-rows.ts'
import { addEvent, newTimeline, openWaits, type OpenWait, restsOn, type Timeline } from './timeline.ts'

export interface SeenEvent {
  readonly seq: number
  readonly event: JournalEvent
}

export class Watch {
  readonly timeline: Timeline
  private current: Execution
  private readonly db: Queryable
  private readonly graphs = new Map<string, Graph>()
  private readonly children = new Map<string, Watch>()

  private constructor(db: Queryable, execution: Execution, workflow: Workflow) {
    this.db = db
    this.current = execution
    this.timeline = newTimeline(workflow, (execution.startedAt ?? execution.createdAt).getTime())
  }

  /** Throws `Refusal` when there is no such execution. */
  static async open(db: Queryable, tenantId: string, executionId: string): Promise<Watch> {
    const execution = await findExecution(db, tenantId, executionId)
    if (execution === undefined) throw new Refusal('failed', `There is no execution ${executionId}.`)
    // The journal begins with the version that the execution was started with; a retry names the one it changes over to.
    return new Watch(db, execution, await loadWorkflow(db, tenantId, execution.versionId))
  }

  get execution(): Execution {
    return this.current
  }

  /** Reads what has happened since; the events have been taken in by the timeline, one after the other, when `see` gets them. */
  async read(see: (seen: SeenEvent) => void = () => undefined): Promise<void> {
    const { tenantId, id } = this.current
    this.current = (await findExecution(this.db, tenantId, id)) ?? this.current
    const entries = await readJournal(this.db, { tenantId, executionId: id }, this.timeline.seq)
    for (const { seq, event } of entries) {
      if (event.type === 'execution.retried' && event.versionId !== undefined) await this.loadGraph(event.versionId)
      addEvent(this.timeline, event, (versionId) => this.graphs.get(versionId) ?? this.timeline.state.graph)
      see({ seq, event })
    }
    await this.readChildren()
  }

  /** How it ended; undefined while it has not, or when a retry has just been asked for. */
  get ended(): EndStatus | undefined {
    return this.current.endedAt === null ? undefined : this.timeline.state.ended
  }

  /** What people must do, in this execution and in those it waits for. */
  gates(): OpenWait[] {
    const own = openWaits(this.timeline).filter(({ run }) => isForPerson(run.wait))
    return [...own, ...[...this.children.values()].flatMap((child) => child.gates())]
  }

  /** Whether all that is left to do is in the hands of people. */
  restsOnPeople(): boolean {
    return restsOn(this.timeline, ({ run: { wait } }) => {
      if (isForPerson(wait)) return true
      return wait?.on === 'child' && wait.ref !== undefined && (this.children.get(wait.ref)?.restsOnPeople() ?? false)
    })
  }

  private async readChildren(): Promise<void> {
    const refs = openWaits(this.timeline).flatMap(({ run: { wait } }) =>
      wait?.on === 'child' && wait.ref !== undefined ? [wait.ref] : [],
    )
    for (const ref of this.children.keys()) if (!refs.includes(ref)) this.children.delete(ref)
    for (const ref of refs) {
      const known = this.children.get(ref)
      const child = known ?? (await Watch.open(this.db, this.current.tenantId, ref))
      this.children.set(ref, child)
      await child.read()
    }
  }

  private async loadGraph(versionId: string): Promise<void> {
    this.graphs.set(versionId, buildGraph(await loadWorkflow(this.db, this.current.tenantId, versionId)))
  }
}

async function loadWorkflow(db: Queryable, tenantId: string, versionId: string): Promise<Workflow> {
  const found = await findVersion(db, tenantId, versionId)
  if (found === undefined) throw new Refusal('internal', `The workflow version ${versionId} is missing.`)
  return workflowSchema.parse(found.definition)
}
