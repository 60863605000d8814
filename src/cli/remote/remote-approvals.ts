// Approvals on a server: found, decided, and put into words.

import { isJson } from '../../packs/payload.ts'
import type { Approval, ApprovalSummary } from '../../client/api.generated.ts'
import type { Client } from '../../client/client.ts'
import { paginate } from '../../client/pages.ts'
import type { OpenWait } from '../follow/timeline.ts'
import { approvalLines, type Teller } from '../people/decision-lines.ts'
import { type Ballot, sayAudience, sayCounted } from '../people/votes.ts'
import { Refusal } from '../refusal.ts'
import type { CastVote, WaitingApproval } from '../site.ts'
import { unlessAbsent } from './remote-source.ts'

export async function pendingApprovals(client: Client, executionId?: string): Promise<WaitingApproval[]> {
  const filter = { status: 'pending', execution_id: executionId } as const
  const found: WaitingApproval[] = []
  const read = (page: { limit: number; offset: number }) =>
    client.GET('/approvals', { params: { query: { ...filter, ...page } } })
  for await (const one of paginate(read)) found.push(waiting(one))
  return found
}

/** Undefined when it is decided, has expired, or never was. */
export async function findPending(client: Client, id: string): Promise<WaitingApproval | undefined> {
  const found = await unlessAbsent(() => client.GET('/approvals/{id}', { params: { path: { id } } }))
  return found?.data.status === 'pending' ? waiting(found.data) : undefined
}

function waiting(approval: ApprovalSummary | Approval): WaitingApproval {
  const {
    id,
    execution_id: executionId,
    workflow,
    step,
    item,
    summary,
    approvers,
    quorum,
    approvals,
    expires_at: expiresAt,
  } = approval
  const details = 'details' in approval && isJson(approval.details) ? approval.details : null
  const expires = expiresAt === null ? null : new Date(expiresAt)
  const facts = { id, executionId, workflow, step, item, summary, details, approvers, quorum, approvals }
  return { ...facts, expiresAt: expires, createdAt: new Date(approval.created_at) }
}

/** Votes as the holder of the key. */
export async function castVote(client: Client, id: string, { vote, reason, as }: Ballot): Promise<CastVote> {
  if (as !== undefined)
    throw new Refusal('usage', '--as is for this machine: on a server a key votes as its own holder.')
  const body = { decision: vote, ...(reason !== undefined && { comment: reason }) }
  const { data } = await client.POST('/approvals/{id}/decision', { params: { path: { id } }, body })
  const { data: me } = await client.GET('/me')
  const { data: approval } = await client.GET('/approvals/{id}', { params: { path: { id } } })
  const said = sayCounted({ ...data, voters: [me.name] }, { vote })
  return { said, released: data.status === 'pending' ? undefined : (approval.execution_id ?? undefined) }
}

/** The approval that is meant by its own id or by that of its execution, or by the beginning of either. */
export async function requireApproval(client: Client, typed: string, teller: Teller): Promise<string> {
  const all = await pendingApprovals(client)
  const begins = (id: string): boolean => id.startsWith(typed.toLowerCase())
  const own = all.filter(({ id }) => begins(id))
  const meant = own.length > 0 ? own : all.filter(({ executionId }) => executionId !== null && begins(executionId))
  const [only, another] = meant
  if (only !== undefined && another === undefined) return only.id
  // Its whole id: the server says why it takes no vote any more.
  if (
    only === undefined &&
    typed.length === 36 &&
    (await unlessAbsent(() => client.GET('/approvals/{id}', { params: { path: { id: typed } } }))) !== undefined
  )
    return typed
  if (only === undefined)
    throw new Refusal(
      'failed',
      `No approval waits that ${typed} means.`,
      `npx countersign approvals list${teller.flags}`,
    )
  const lines = meant.flatMap((one) => approvalLines(teller, one))
  throw new Refusal('usage', `${typed} means ${meant.length} approvals. Name one:\n${lines.join('\n')}`)
}

/** How people decide what is open; nothing for what has been decided by now. */
export async function remoteDecisionLines(
  client: Client,
  gates: readonly OpenWait[],
  teller: Teller,
): Promise<string[]> {
  const lines: string[] = []
  for (const { step, run } of gates) {
    const { on, ref = '' } = run.wait ?? {}
    const approval = on === 'approval' ? await findPending(client, ref) : undefined
    if (approval !== undefined) lines.push(...approvalLines(teller, approval))
    if (on === 'form') lines.push(...(await formLines(client, step, ref, teller)))
  }
  return lines
}

async function formLines(client: Client, step: string, id: string, { terminal }: Teller): Promise<string[]> {
  const found = await unlessAbsent(() => client.GET('/forms/{id}', { params: { path: { id } } }))
  if (found?.data.status !== 'pending') return []
  const { title, audience } = found.data
  return [
    `${terminal.paint('yellow', '◆')} ${terminal.paint('bold', title ?? step)}`,
    `  ${step} asks ${sayAudience(audience)} to fill in the form ${id}`,
  ]
}
