// What waits for people, and the exact commands that answer it.

import type { InputSchema } from '../../kernel/definition/workflow.ts'
import type { PendingForm } from '../../record/forms.ts'
import type { Office } from '../command-line.ts'
import { demoSlug } from '../demo-tenant.ts'
import { sayUntil } from '../elapsed.ts'
import type { OpenWait } from '../follow/timeline.ts'
import type { WaitingApproval } from '../site.ts'
import type { Terminal } from '../terminal.ts'
import { findPendingApproval, findPendingForm } from './pending.ts'
import { requestOf } from './submission.ts'
import { sayAudience } from './votes.ts'

export async function decisionLines(office: Office, gates: readonly OpenWait[]): Promise<string[]> {
  const lines: string[] = []
  for (const { run } of gates) {
    const { on, ref = '' } = run.wait ?? {}
    const approval = on === 'approval' ? await findPendingApproval(office, ref) : undefined
    const form = on === 'form' ? await findPendingForm(office, ref) : undefined
    if (approval !== undefined) lines.push(...approvalLines(tellerOf(office), approval))
    if (form !== undefined) lines.push(...formLines(office, form))
  }
  return lines
}

/** Who tells people what to type. */
export interface Teller {
  readonly terminal: Pick<Terminal, 'paint'>
  readonly now: number
  /** Options that every command needs here, with a space in front. */
  readonly flags: string
}

export function tellerOf({ house, tenant, terminal }: Office): Teller {
  return { terminal, now: house.now(), flags: tenant.slug === demoSlug ? '' : ` --tenant ${tenant.slug}` }
}

export function approvalLines({ terminal, now, flags }: Teller, approval: WaitingApproval): string[] {
  const { id, summary, details } = approval
  return [
    `${terminal.paint('yellow', '◆')} ${terminal.paint('bold', summary)}`,
    `  ${sayAsked(approval, now)}`,
    ...(details === null || details === undefined ? [] : [`  ${JSON.stringify(details)}`]),
    `  npx countersign approve ${id}${flags}`,
    `  npx countersign reject ${id} --reason "…"${flags}`,
  ]
}

export function sayAsked(
  { step, item, approvers, quorum, approvals, expiresAt }: WaitingApproval,
  now: number,
): string {
  const place = item === null ? step : `${step}[${item}]`
  const expires = expiresAt === null ? '' : `, expires ${sayUntil(expiresAt.getTime(), now)}`
  const count =
    typeof quorum === 'number' ? `${approvals} of ${quorum} approvals` : `${approvals} approvals, ${quorum} needed`
  return `${place} asks ${sayAudience(approvers)}: ${count}${expires}`
}

function formLines(office: Office, form: PendingForm): string[] {
  const { title, instructions, fields, audience } = requestOf(form)
  const expires = form.expiresAt === null ? '' : `, expires ${sayUntil(form.expiresAt.getTime(), office.house.now())}`
  const sample = Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, sampleOf(schema)]))
  return [
    `${office.terminal.paint('yellow', '◆')} ${office.terminal.paint('bold', title)}`,
    `  ${form.step} asks ${sayAudience(audience)}${expires}`,
    ...(instructions === undefined ? [] : [`  ${instructions}`]),
    `  npx countersign submit ${form.id} --data '${JSON.stringify(sample)}'${tellerOf(office).flags}`,
  ]
}

const samples: Readonly<Record<InputSchema['type'], unknown>> = {
  string: '…',
  number: 0,
  integer: 0,
  boolean: true,
  object: {},
  array: [],
}

function sampleOf(schema: InputSchema): unknown {
  return schema.default ?? schema.enum?.[0] ?? schema.minimum ?? samples[schema.type]
}
