// An execution on a server, moved to another version of its workflow.

import type { Client } from '../../client/client.ts'
import type { MigrationWish } from '../../governance/migration.ts'
import type { SaidMigration } from '../site.ts'

export async function migrateThere(
  client: Client,
  id: string,
  { version, reason, isDryRun }: MigrationWish,
): Promise<SaidMigration> {
  const body = { dry_run: isDryRun, ...(version !== undefined && { version }), ...(reason !== undefined && { reason }) }
  const { data } = await client.POST('/executions/{id}/migrate', { params: { path: { id } }, body })
  const steps = data.steps.map(({ step, fate, changed }) => ({ step, fate, isChanged: changed }))
  return { from: data.from, to: data.to, steps }
}
