// Why an execution does not go on, in one line.

import { runAt, type ExecutionState, type RunState } from '../../kernel/plan/state.ts'
import type { Approvers } from '../../kernel/voting/rule-problem.ts'
import type { ExecutionDetail } from '../../record/execution-details.ts'
import { sayNames } from '../../governance/audience.ts'

/** Whom an open approval asks. */
export type Asked = ReadonlyMap<string, { readonly approvers: Approvers; readonly approvals: number }>

interface Waiting {
  readonly step: string
  readonly item: number | undefined
  readonly run: RunState
}

/** Null while it works and once it has ended. */
export function sayWaiting(
  { status, concurrencyLimit }: Pick<ExecutionDetail, 'status' | 'concurrencyLimit'>,
  state: ExecutionState,
  asked: Asked,
): string | null {
  if (status === 'paused') return 'somebody to resume it'
  if (status === 'queued') {
    return concurrencyLimit === null ? 'a worker' : `a worker and a place: ${concurrencyLimit} may run at once`
  }
  if (status !== 'waiting') return null
  const [first, ...others] = waitingRuns(state)
  if (first === undefined) return null
  const more = others.length === 0 ? '' : `, and ${others.length} more ${others.length === 1 ? 'step' : 'steps'}`
  return `${sayWait(first, asked)}${more}`
}

/** What waits, with whatever people have to do in front. */
export function waitingRuns(state: ExecutionState): Waiting[] {
  const found: Waiting[] = []
  for (const index of state.open) {
    const step = state.steps[index]
    const id = state.graph.steps[index]?.id
    if (step === undefined || id === undefined) continue
    const items = step.fanOut === undefined ? [undefined] : [...step.fanOut.active]
    for (const item of items) {
      const run = runAt(step, item)
      if (run.status === 'waiting' || run.status === 'retrying') found.push({ step: id, item, run })
    }
  }
  return found.toSorted((a, b) => rankOf(a.run) - rankOf(b.run))
}

const ranks = ['approval', 'form', 'callback', 'event', 'child', 'timer']

const rankOf = ({ wait }: RunState): number => (wait === undefined ? ranks.length : ranks.indexOf(wait.on))

function sayWait({ step, item, run }: Waiting, asked: Asked): string {
  const place = item === undefined ? `(${step})` : `(${step}, item ${item + 1})`
  const { wait, retryAt, attempt, failure } = run
  if (wait === undefined) {
    return `attempt ${attempt + 1} at ${sayTime(retryAt)} ${place}, after: ${failure?.message.slice(0, 200) ?? ''}`
  }
  const by = wait.until === undefined ? '' : ` until ${sayTime(wait.until)}`
  switch (wait.on) {
    case 'approval':
      return `approval${sayAsked(asked, wait.ref)}${by} ${place}`
    case 'form':
      return `a form to be filled in${by} ${place}`
    case 'event':
      return `the event ${wait.ref ?? ''}${by} ${place}`
    case 'callback':
      return `a callback${by} ${place}`
    case 'child':
      return `the child execution ${wait.ref ?? ''}${by} ${place}`
    case 'timer':
      return `${sayTime(wait.until)} ${place}`
  }
}

function sayAsked(asked: Asked, ref = ''): string {
  const approval = asked.get(ref)
  if (approval === undefined) return ''
  const { approvers, approvals } = approval
  const who =
    'role' in approvers
      ? approvers.role
      : 'roles' in approvers
        ? approvers.roles.join(' or ')
        : 'council' in approvers
          ? `council "${approvers.council}"`
          : sayNames(approvers.members)
  return ` by ${who}${approvals === 0 ? '' : `, ${approvals} given`}`
}

const sayTime = (at: number | undefined): string => (at === undefined ? 'some time' : new Date(at).toISOString())
