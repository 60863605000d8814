// Which approval a person means.

import { findId, type Office } from '../command-line.ts'
import { Refusal } from '../refusal.ts'
import { approvalLines, tellerOf } from './decision-lines.ts'
import { approvalsOf } from './pending.ts'

/** The approval that is meant by its own id or by that of its execution. */
export async function requireApproval(office: Office, typed: string): Promise<string> {
  const approval = await findId(office, 'approvals', typed)
  if (approval !== undefined) return approval
  const execution = await findId(office, 'executions', typed)
  if (execution === undefined) {
    throw new Refusal(
      'failed',
      `There is no approval and no execution ${typed} in the tenant "${office.tenant.slug}".`,
      'npx countersign approvals list',
    )
  }
  const waiting = await approvalsOf(office, execution)
  const [only] = waiting
  if (only === undefined) throw new Refusal('failed', `The execution ${execution} waits for no approval.`)
  if (waiting.length === 1) return only.id
  const lines = waiting.flatMap((one) => approvalLines(tellerOf(office), one))
  throw new Refusal(
    'usage',
    `The execution ${execution} waits for ${waiting.length} approvals. Name one:\n${lines.join('\n')}`,
  )
}
