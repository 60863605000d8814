// Agents: made, renamed, switched off and on again.

import { referenceTo } from '../kernel/access/actor.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'
import { type Agent, insertAgent, lockAgent, updateAgent as updateRow } from '../record/agents.ts'
import { appendAudit } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { notifyAccess } from '../record/sessions.ts'
import type { Officer, PeopleParts } from './people-parts.ts'

/** Problems: `conflict` (the name is taken). */
export async function createAgent(
  { now, newId }: PeopleParts,
  client: Queryable,
  officer: Officer,
  name: string,
): Promise<Result<Agent>> {
  const { tenantId } = officer
  const createdAt = new Date(now())
  const agent = { tenantId, id: newId(), name, createdBy: referenceTo(officer), createdAt, disabledAt: null }
  if (!(await insertAgent(client, agent))) return failed(nameTaken(name))
  await appendAudit(client, officer, {
    action: 'agent.created',
    object: objectOf(agent),
    after: shown(agent),
    at: createdAt,
  })
  return ok(agent)
}

export interface AgentEdit {
  readonly name?: string | undefined
  readonly disabled?: boolean | undefined
}

/** The keys of a disabled agent are refused from this moment. Problems: `not_found`, those of `check`, `conflict`. */
export async function updateAgent(
  { now, forgetAccess }: PeopleParts,
  client: Queryable,
  officer: Officer,
  id: string,
  edit: AgentEdit,
  check: (agent: Agent) => Result<undefined>,
): Promise<Result<Agent>> {
  const agent = await lockAgent(client, officer.tenantId, id)
  if (agent === undefined) return failed(noAgent(id))
  const checked = check(agent)
  if (!checked.ok) return checked
  const at = new Date(now())
  const { name = agent.name, disabled = agent.disabledAt !== null } = edit
  const changed = { ...agent, name, disabledAt: disabled ? (agent.disabledAt ?? at) : null }
  if (!(await updateRow(client, changed))) return failed(nameTaken(name))
  forgetAccess(`agent:${agent.id}`)
  await notifyAccess(client, `agent:${agent.id}`)
  await appendAudit(client, officer, {
    action: 'agent.updated',
    object: objectOf(changed),
    before: shown(agent),
    after: shown(changed),
    at,
  })
  return ok(changed)
}

export const noAgent = (id: string): Problem => ({ code: 'not_found', message: `There is no agent ${id}.` })

const nameTaken = (name: string): Problem => ({
  code: 'conflict',
  message: `There is an agent "${name}" already.`,
  hint: 'Choose another name.',
})

const objectOf = ({ id, name }: Agent) => ({ type: 'agent', id, name })

const shown = ({ name, disabledAt }: Agent) => ({ name, disabled: disabledAt !== null })
