// Three ways to show an execution that runs: lines drawn in place, plain lines, or JSON.

import { sayElapsed } from '../elapsed.ts'
import type { Terminal } from '../terminal.ts'
import { lifecycleEvent, type LifecycleEvent, startedEvent, textLine } from './lifecycle-line.ts'
import { LiveLines } from './live-lines.ts'
import { stepRows } from './step-rows.ts'
import { treeLines } from './tree.ts'
import type { SeenEvent, Watch } from './watch.ts'

export interface Show {
  /** An event, once it has happened. */
  event(watch: Watch, seen: SeenEvent): void
  /** The state as it is now. */
  draw(watch: Watch, now: number, note: string | undefined): void
  /** Something else to say: progress goes on below it. */
  say(...lines: readonly string[]): void
  /** Leaves what is drawn as it is: something else follows. */
  rest(): void
}

export type ShowKind = 'live' | 'plain' | 'json'

export function createShow(kind: ShowKind, terminal: Terminal): Show {
  switch (kind) {
    case 'live':
      return liveShow(terminal)
    case 'plain':
      return plainShow(terminal)
    case 'json':
      return jsonShow(terminal)
  }
}

function liveShow(terminal: Terminal): Show {
  const lines = new LiveLines(terminal)
  return {
    event: () => undefined,
    draw: (watch, now, note) => lines.draw(treeOf(watch, now, note, terminal)),
    say: (...said) => {
      lines.clear()
      terminal.print(...said)
    },
    rest: () => lines.keep(),
  }
}

/** The tree of an execution as it stands. */
export function treeOf(
  watch: Watch,
  now: number,
  note: string | undefined,
  terminal: Pick<Terminal, 'size' | 'paint'>,
): string[] {
  const { execution, timeline } = watch
  const startedAt = (execution.startedAt ?? execution.createdAt).getTime()
  const head = {
    workflow: execution.workflow,
    version: execution.version,
    executionId: execution.id,
    status: watch.ended ?? execution.status,
    elapsedMs: (watch.ended === undefined ? now : (timeline.endedAt ?? now)) - startedAt,
    note,
  }
  return treeLines(head, stepRows(timeline, now), terminal.size(), terminal.paint)
}

function plainShow(terminal: Terminal): Show {
  return eventShow(
    (event, startedAt) => terminal.print(textLine(event, startedAt)),
    (lines) => terminal.print(...lines),
  )
}

function jsonShow(terminal: Terminal): Show {
  // What is said goes to stderr, so that stdout holds nothing but events.
  return eventShow(
    (event) => terminal.print(JSON.stringify(event)),
    (lines) => terminal.complain(...lines),
  )
}

function eventShow(
  tell: (event: LifecycleEvent, startedAt: number) => void,
  say: (lines: readonly string[]) => void,
): Show {
  let isStarted = false
  const start = ({ execution }: Watch): number => {
    const at = (execution.startedAt ?? execution.createdAt).getTime()
    if (!isStarted) tell(startedEvent({ executionId: execution.id, workflow: execution.workflow }, at), at)
    isStarted = true
    return at
  }
  return {
    event: (watch, { seq, event }) => {
      const startedAt = start(watch)
      const { id: executionId, workflow } = watch.execution
      const told = lifecycleEvent({ executionId, workflow }, seq, event, watch.timeline)
      if (told !== undefined) tell(told, startedAt)
    },
    draw: (watch) => {
      if (watch.execution.startedAt !== null) start(watch)
    },
    say: (...lines) => say(lines),
    rest: () => undefined,
  }
}

/** What an execution has come to, in lines for people. `flags` are what a suggested command needs besides. */
export function endLines(
  { execution, timeline, ended }: Watch,
  terminal: Pick<Terminal, 'paint'>,
  flags: string,
): string[] {
  if (ended === undefined) return []
  const startedAt = (execution.startedAt ?? execution.createdAt).getTime()
  const took = sayElapsed((timeline.endedAt ?? startedAt) - startedAt)
  const { failure, output } = execution
  switch (ended) {
    case 'completed':
      return [
        `${terminal.paint('green', 'Completed')} in ${took}.`,
        ...(output === null ? [] : [JSON.stringify(output, null, 2)]),
      ]
    case 'cancelled':
      return [`${terminal.paint('yellow', 'Cancelled')} after ${took}.${failure === null ? '' : ` ${failure.message}`}`]
    case 'failed':
      return [
        `${terminal.paint('red', 'Failed')} after ${took}: ${failure?.message ?? 'no reason was recorded'}`,
        `Retry from the failed step: npx countersign executions retry ${execution.id}${flags}`,
      ]
  }
}
