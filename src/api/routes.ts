// All routes of the API, in the order of its reference.

import type { Route } from './route.ts'
import { absenceRoutes } from './routes/absences.ts'
import { actionRoutes } from './routes/actions.ts'
import { agentRoutes } from './routes/agents.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { approvalsRoutes } from './routes/approvals.ts'
import { auditRoutes } from './routes/audit.ts'
import { councilRoutes } from './routes/councils.ts'
import { deliveryRoutes } from './routes/deliveries.ts'
import { draftCommentRoutes } from './routes/draft-comments.ts'
import { draftMoveRoutes } from './routes/draft-moves.ts'
import { draftRoutes } from './routes/drafts.ts'
import { eventRoutes } from './routes/events.ts'
import { executionJournalRoutes } from './routes/execution-journal.ts'
import { executionMovesRoutes } from './routes/execution-moves.ts'
import { executionsRoutes } from './routes/executions.ts'
import { formsRoutes } from './routes/forms.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { meRoutes } from './routes/me.ts'
import { memberRoutes } from './routes/members.ts'
import { packRoutes } from './routes/packs.ts'
import { policyRoutes } from './routes/policies.ts'
import { previewRoutes } from './routes/previews.ts'
import { secretsRoutes } from './routes/secrets.ts'
import { settingsRoutes } from './routes/settings.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { subscriptionRoutes } from './routes/subscriptions.ts'
import { templateRoutes } from './routes/templates.ts'
import { templateUseRoutes } from './routes/template-uses.ts'
import { triggerRoutes } from './routes/triggers.ts'
import { webhookTriggerRoutes } from './routes/webhook-triggers.ts'
import { workflowTestRoutes } from './routes/workflow-tests.ts'
import { workflowVersionRoutes } from './routes/workflow-versions.ts'
import { workflowRoutes } from './routes/workflows.ts'
import { streamRoutes } from './stream/route.ts'

export const routes: readonly Route[] = [
  ...workflowRoutes,
  ...workflowVersionRoutes,
  ...previewRoutes,
  ...workflowTestRoutes,
  ...executionsRoutes,
  ...executionJournalRoutes,
  ...executionMovesRoutes,
  ...approvalsRoutes,
  ...formsRoutes,
  ...draftRoutes,
  ...draftMoveRoutes,
  ...draftCommentRoutes,
  ...templateRoutes,
  ...templateUseRoutes,
  ...triggerRoutes,
  ...webhookTriggerRoutes,
  ...eventRoutes,
  ...subscriptionRoutes,
  ...deliveryRoutes,
  ...actionRoutes,
  ...packRoutes,
  ...secretsRoutes,
  ...memberRoutes,
  ...invitationRoutes,
  ...agentRoutes,
  ...apiKeyRoutes,
  ...councilRoutes,
  ...absenceRoutes,
  ...meRoutes,
  ...signInRoutes,
  ...settingsRoutes,
  ...policyRoutes,
  ...auditRoutes,
  ...streamRoutes,
]
