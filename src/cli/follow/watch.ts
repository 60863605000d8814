// Watches an execution and the child executions it waits for, by reading their journals on.

import type { Workflow } from '../../kernel/definition/workflow.ts'
import { buildGraph, type Graph } from '../../kernel/plan/graph.ts'
import { type JournalEvent, versionIdOf } from '../../kernel/plan/journal.ts'
import type { EndStatus } from '../../kernel/plan/state.ts'
import type { Execution } from '../../record/executions.ts'
import { Refusal } from '../refusal.ts'
import { isForPerson } from './step-rows.ts'
import { addEvent, newTimeline, openWaits, type OpenWait, restsOn, type Timeline } from './timeline.ts'

export interface SeenEvent {
  readonly seq: number
  readonly event: JournalEvent
}

export type WatchedExecution = Pick<
  Execution,
  | 'id'
  | 'workflow'
  | 'version'
  | 'status'
  | 'inputs'
  | 'trigger'
  | 'startedBy'
  | 'createdAt'
  | 'startedAt'
  | 'endedAt'
  | 'output'
  | 'failure'
  | 'parentExecutionId'
>

/** Where an execution is read from: the database of this machine, or a server. */
export interface ExecutionSource {
  readonly find: (id: string) => Promise<WatchedExecution | undefined>
  /** What its journal holds behind a place. */
  readonly journal: (id: string, after: number) => Promise<readonly SeenEvent[]>
  /** The version that it was started with. */
  readonly workflow: (execution: WatchedExecution) => Promise<Workflow>
  /** A version that a retry or a migration changes over to. */
  readonly version: (execution: WatchedExecution, versionId: string) => Promise<Workflow>
}

export class Watch {
  readonly timeline: Timeline
  private current: WatchedExecution
  private readonly source: ExecutionSource
  private readonly graphs = new Map<string, Graph>()
  private readonly children = new Map<string, Watch>()

  private constructor(source: ExecutionSource, execution: WatchedExecution, workflow: Workflow) {
    this.source = source
    this.current = execution
    this.timeline = newTimeline(workflow, (execution.startedAt ?? execution.createdAt).getTime())
  }

  /** Throws `Refusal` when there is no such execution. */
  static async open(source: ExecutionSource, executionId: string): Promise<Watch> {
    const execution = await source.find(executionId)
    if (execution === undefined) throw new Refusal('failed', `There is no execution ${executionId}.`)
    // The journal begins with the version that the execution was started with; a retry names the one it changes over to.
    return new Watch(source, execution, await source.workflow(execution))
  }

  get execution(): WatchedExecution {
    return this.current
  }

  /** Reads what has happened since; the events have been taken in by the timeline, one after the other, when `see` gets them. */
  async read(see: (seen: SeenEvent) => void = () => undefined): Promise<void> {
    const { id } = this.current
    this.current = (await this.source.find(id)) ?? this.current
    const entries = await this.source.journal(id, this.timeline.seq)
    for (const { seq, event } of entries) {
      const versionId = versionIdOf(event)
      if (versionId !== undefined) await this.loadGraph(versionId)
      addEvent(this.timeline, event, (one) => this.graphs.get(one) ?? this.timeline.state.graph)
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
      const child = known ?? (await Watch.open(this.source, ref))
      this.children.set(ref, child)
      await child.read()
    }
  }

  private async loadGraph(versionId: string): Promise<void> {
    this.graphs.set(versionId, buildGraph(await this.source.version(this.current, versionId)))
  }
}
