// A definition that is run on this machine: saved, countersigned where it has to be, and started.

import type { Started, StartRequest } from '../engine/triggers/starter.ts'
import type { Result } from '../kernel/problem.ts'
import type { Office } from './command-line.ts'
import { type DefinitionFile, readText } from './definition-file.ts'
import { readInputs } from './given-inputs.ts'
import { castVotes, sayCounted } from './people/votes.ts'
import { Refusal, refusalOf } from './refusal.ts'
import type { Begun, RunRequest } from './site.ts'
import { activate, requireValid, saveDefinition, switchWorkflow } from './workflow-file.ts'

export async function runHere(office: Office, file: DefinitionFile, request: RunRequest): Promise<Begun> {
  const { inputs, dedupeKey } = request
  const workflow = await requireValid(office, file)
  const { name } = workflow
  const start: StartRequest = {
    tenantId: office.tenant.id,
    workflow: name,
    inputs: await readInputs(inputs, workflow.inputs ?? {}, readText),
    startedBy: 'cli',
    ...(dedupeKey !== undefined && { dedupeKey }),
  }
  const { status, webhooks, activation } = await saveDefinition(office, file)
  for (const url of webhooks) office.terminal.complain(`Webhook of ${name}, shown only now: ${url}`)
  const mayBeActive = activation.state === 'not_needed' || activation.state === 'granted'
  if (status !== 'active' && !mayBeActive) {
    const waitsFor = await countersign(office, await requireActivation(office, name), request)
    if (waitsFor.length > 0) return { name, waitsFor }
  }
  const started = await startHere(office, start, status !== 'active' && mayBeActive)
  if (!started.ok) throw refusalOf(started.problems)
  return { executionId: started.value.executionId }
}

/** Activates it, or returns the approvals that it waits for. Throws `Refusal`. */
export async function requireActivation(office: Office, name: string): Promise<readonly string[]> {
  const activated = await activate(office, name)
  if (!activated.ok) throw refusalOf(activated.problems)
  return activated.value.approvals.map(({ id }) => id)
}

/** Returns what still waits. Throws `Refusal` when the answer was no. */
async function countersign(office: Office, ids: readonly string[], { ballot }: RunRequest): Promise<readonly string[]> {
  if (ballot === undefined) return ids
  const open: string[] = []
  for (const id of ids) {
    const counted = await castVotes(office, id, ballot)
    office.terminal.complain(sayCounted(counted, ballot))
    if (counted.status === 'rejected') throw new Refusal('failed', 'It was not approved: nothing was started.')
    if (counted.status === 'pending') open.push(id)
  }
  return open
}

/** One that was switched off is switched on for this start alone: its triggers must not begin to fire because of it. */
async function startHere(office: Office, request: StartRequest, isOff: boolean): Promise<Result<Started>> {
  const { house, terminal } = office
  const { workflow: name } = request
  if (!isOff) return house.starter.start(request)
  await switchWorkflow(office, name, 'active')
  try {
    return await house.starter.start(request)
  } finally {
    await switchWorkflow(office, name, 'inactive')
    terminal.complain(`${name} is inactive and stays so: it was started by hand, its triggers do not fire.`)
  }
}
