// The approvals and forms that wait for people, looked up by their id.

import { pendingApprovals } from '../../governance/approvals.ts'
import { pendingForms } from '../../governance/forms.ts'
import type { PendingApproval } from '../../record/approvals.ts'
import type { PendingForm } from '../../record/forms.ts'
import { findHeldExecution } from '../../record/id-prefixes.ts'
import type { Office } from '../command-line.ts'

/** An execution has one for each item of a `for_each` at most. */
const most = 10_000

export async function approvalsOf({ house, tenant }: Office, executionId?: string): Promise<PendingApproval[]> {
  return pendingApprovals(house, tenant.id, {
    limit: most,
    offset: 0,
    ...(executionId !== undefined && { executionId }),
  })
}

async function formsOf({ house, tenant }: Office, executionId?: string): Promise<PendingForm[]> {
  return pendingForms(house, tenant.id, { limit: most, offset: 0, ...(executionId !== undefined && { executionId }) })
}

/** Undefined when it is decided, has expired, or never was. */
export async function findPendingApproval(office: Office, id: string): Promise<PendingApproval | undefined> {
  const [approval] = await pendingApprovals(office.house, office.tenant.id, { id, limit: 1, offset: 0 })
  return approval
}

export async function findPendingForm(office: Office, id: string): Promise<PendingForm | undefined> {
  const executionId = await findHeldExecution(office.house.database.engine, 'forms', office.tenant.id, id)
  const waiting = executionId === undefined ? [] : await formsOf(office, executionId)
  return waiting.find((form) => form.id === id)
}
