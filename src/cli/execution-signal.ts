// Tells an execution to retry, cancel, pause or resume, and says what comes next.

import { controlExecution as control } from '../governance/executions.ts'
import { operatorOf } from '../kernel/access/actor.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { ExecutionMove } from '../kernel/plan/moves.ts'
import { asTenant } from '../record/database.ts'
import { type Execution, findExecution } from '../record/executions.ts'
import { countLiveWorkers } from '../record/workers.ts'
import { type Office, requireId } from './command-line.ts'
import type { Exit } from './exit-code.ts'
import { followHere } from './follow/session.ts'
import { Refusal, refusalOf } from './refusal.ts'

export async function requireExecution(office: Office, typed: string): Promise<Execution> {
  const id = await requireId(office, 'executions', typed)
  const execution = await findExecution(office.house.database.engine, office.tenant.id, id)
  if (execution === undefined) throw new Refusal('failed', `There is no execution ${id}.`)
  return execution
}

/** Throws `Refusal` when the execution is in no status that allows the move. */
export async function controlExecution(
  { house, tenant }: Office,
  { id: executionId }: Execution,
  kind: ExecutionMove,
  data: JsonObject,
): Promise<void> {
  const result = await asTenant(house.database, tenant.id, (client) =>
    control(house, client, operatorOf(tenant.id), executionId, kind, data),
  )
  if (!result.ok) throw refusalOf(result.problems)
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
