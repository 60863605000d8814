// An execution that waits, moved to another version of its workflow.

import { z } from 'zod'
import { type Migration, migrateExecution } from '../../governance/migration.ts'
import { ok } from '../../kernel/problem.ts'
import { route } from '../route.ts'
import { idParams, uuid } from '../shapes/execution.ts'
import { version } from '../shapes/workflow.ts'

const stepMove = z.strictObject({
  step: z.string(),
  fate: z.enum(['stays', 'goes_on', 'asked_anew', 'begins_anew', 'given_up', 'forgotten', 'ahead']).meta({
    description:
      '`stays`: it has settled. `goes_on`: it waits on as it is. `asked_anew`: its approval is void and asked for again. ' +
      '`begins_anew`: what it waited for is dropped. `given_up`: it waited, and the version does not come to it. ' +
      '`forgotten`: the version does not have it. `ahead`: it has not begun.',
  }),
  status: z.string().nullable().meta({ description: 'Before the move; null for a step that is new.' }),
  changed: z.boolean().meta({ description: 'Whether the versions differ in its action, config, items or edges.' }),
})

const migration = z
  .strictObject({
    id: uuid,
    dry_run: z.boolean().meta({ description: 'Nothing was done.' }),
    from: version,
    to: version,
    steps: z.array(stepMove),
  })
  .meta({ id: 'Migration', description: 'What moving an execution to a version does to each of its steps.' })

const migrate = route({
  method: 'POST',
  path: '/executions/{id}/migrate',
  operation: 'migrateExecution',
  tag: 'Executions',
  summary: 'Move a waiting execution to another version',
  description:
    'What has settled stays as it happened, also where the version defines it otherwise. What waits goes on where nothing about it ' +
    'has changed; approvals are void and asked for anew. Its status must be `waiting` or `paused`. With `dry_run` it is only said ' +
    'what would happen. Its worker makes the move: the journal tells `execution.migrated`.',
  access: 'executions:control',
  problems: ['not_found', 'conflict', 'invalid_input'],
  params: idParams,
  body: z
    .strictObject({
      version: version.optional().meta({ description: 'A version of its workflow; the newest when absent.' }),
      dry_run: z.boolean().default(false),
      reason: z.string().min(1).max(2000).optional().meta({ description: 'Why; the journal and the audit keep it.' }),
    })
    .default({ dry_run: false }),
  bodyExample: { version: 2, dry_run: true },
  idempotency: 'stored',
  answers: {
    202: { description: 'It is told to move.', schema: migration },
    200: { description: 'What would happen.', schema: migration },
  },
  async handle({ parts, db, principal, params: { id }, body }) {
    const { version: wanted, reason, dry_run: isDryRun } = body
    const moved = await migrateExecution(parts, db, principal, id, { version: wanted, reason, isDryRun })
    if (!moved.ok) return moved
    const answer = bodyOf(id, isDryRun, moved.value)
    return isDryRun ? ok({ status: 200, body: answer } as const) : ok({ status: 202, body: answer } as const)
  },
})

function bodyOf(id: string, isDryRun: boolean, { from, to, steps }: Migration): z.input<typeof migration> {
  const moves = steps.map(({ step, fate, status = null, isChanged: changed }) => ({ step, fate, status, changed }))
  return { id, dry_run: isDryRun, from, to, steps: moves }
}

export const executionMigrationRoutes = [migrate]
