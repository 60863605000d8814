// The end of a draft: what it has become.

import type { Admission } from '../engine/triggers/admission.ts'
import type { AuditEntry } from '../record/audit.ts'
import type { Queryable } from '../record/database.ts'
import { appendDraftEvent } from '../record/draft-history.ts'
import { convertDraft, type Draft, type Hand } from '../record/drafts.ts'
import type { KindParts } from './approval-kinds.ts'
import { objectOf } from './draft-access.ts'

export interface ConversionParts extends KindParts {
  readonly starter: { readonly admission: Admission }
}

export interface Place {
  readonly workflowId: string
  readonly versionId: string
}

/** Of a draft that is locked. Returns the audit entry and appends nothing. */
export async function finish(
  client: Queryable,
  draft: Draft,
  made: Place & { readonly executionId: string | null },
  hand: Hand,
): Promise<AuditEntry> {
  const { workflowId, versionId, executionId } = made
  await convertDraft(client, draft, { ...made, by: hand.by, at: hand.at })
  await appendDraftEvent(client, draft, { action: 'converted', revision: draft.revision, hand })
  const facts = { converted_to_workflow_id: workflowId, version_id: versionId, execution_id: executionId }
  return {
    action: 'draft.converted',
    object: objectOf(draft),
    before: { status: draft.status },
    after: { status: 'converted', ...facts, approval_id: draft.approvalId, content_hash: draft.approvedHash },
    at: hand.at,
  }
}
