// Tells an execution to retry, cancel, pause or resume, and says what comes next.

import type { JsonObject } from '../kernel/json.ts'
import { type ExecutionMove, executionMoves } from '../kernel/plan/moves.ts'
import { type Execution, findExecution } from '../record/executions.ts'
import { sendSignals } from '../record/signals.ts'
import { countLiveWorkers } from '../record/workers.ts'
import { type Office, requireId } from './command-line.ts'
import type { Exit } from './exit-code.ts'
import { followHere } from './follow/session.ts'
import { Refusal } from './refusal.ts'

export async function requireExecution(office: Office, typed: string): Promise<Execution> {
  const id = await requireId(office, 'executions', typed)
  const execution = await findExecution(office.house.database.engine, office.tenant.id, id)
  if (execution === undefined) throw new Refusal('failed', `There is no execution ${id}.`)
  return execution
}

const participles: Readonly<Record<ExecutionMove, string>> = {
  cancel: 'cancelled',
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
}

/** Throws `Refusal` when the execution is in no status that allows the move. */
export async function controlExecution(
  { house, tenant }: Office,
  { id: executionId }: Execution,
  kind: ExecutionMove,
  data: JsonObject,
): Promise<void> {
  const db = house.database.engine
  const signal = { tenantId: tenant.id, executionId, id: house.newId(), kind, data, createdAt: new Date(house.now()) }
  const stored = await sendSignals(db, [signal])
  if (stored.size > 0) return
  const current = await findExecution(db, tenant.id, executionId)
  const from = executionMoves[kind].from.join(' or ')
  throw new Refusal(
    'failed',
    `The execution ${executionId} is ${current?.status ?? 'gone'}: it cannot be ${participles[kind]}. It would have to be ${from}.`,
  )
}

/** Follows the execution when asked to, and also when no worker is alive to go on with it: then it goes on here. */
export async function goOn(office: Office, executionId: string, follows: boolean | undefined): Promise<Exit> {
  const { house, terminal } = office
  if (follows === true) return followHere(office, executionId, {})
  if ((await countLiveWorkers(house.database.engine, house.config.leaseMs)) > 0) return 'fine'
  if (follows === undefined) {
    terminal.print('No worker is alive, so it goes on here.')
    return followHere(office, executionId, {})
  }
  terminal.print(`No worker is alive. Go on with it: npx countersign executions follow ${executionId}`)
  return 'fine'
}
