// What the commands about drafts share: who acts, in which transaction, and which draft is meant.

import type { Officer } from '../../governance/people-parts.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import type { Result } from '../../kernel/problem.ts'
import { asTenant, type Queryable } from '../../record/database.ts'
import { findDraftIds } from '../../record/draft-lists.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import { idRange } from '../id-prefix.ts'
import { Refusal, refusalOf } from '../refusal.ts'

/** Works as whoever sits at the machine, who governs all drafts; what is refused leaves nothing. Throws `Refusal`. */
export async function inDrafts<T>(
  line: CommandLine,
  tenantSlug: string,
  work: (office: Office, client: Queryable, officer: Officer) => Promise<Result<T>>,
): Promise<T> {
  return withOffice(line, tenantSlug, (office) => {
    const officer = { ...operatorOf(office.tenant.id), role: 'owner' } as const
    return asTenant(office.house.database, office.tenant.id, async (client) => {
      const result = await work(office, client, officer)
      if (!result.ok) throw refusalOf(result.problems)
      return result.value
    })
  })
}

/** The id that a person means by it, or by its beginning. Throws `Refusal`. */
export async function requireDraft({ tenant }: Office, client: Queryable, typed: string): Promise<string> {
  const range = idRange(typed)
  if (range === undefined) {
    throw new Refusal('usage', `"${typed}" is no id. Type the id or its beginning, at least 8 characters.`)
  }
  const [found, another] = await findDraftIds(client, tenant.id, range)
  if (another !== undefined)
    throw new Refusal('usage', `More than one draft begins with ${typed}. Type more of the id.`)
  if (found === undefined) throw new Refusal('failed', `There is no draft ${typed} in the tenant "${tenant.slug}".`)
  return found
}
