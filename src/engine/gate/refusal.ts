// Why the gate stays shut, in words: what was countersigned, by which approval, and why it does not count now.

import type { Json } from '../../kernel/json.ts'
import { ActionError } from '../../packs/kit.ts'
import type { PastGrant } from '../../record/grants.ts'
import { differenceOf } from './closure.ts'

export interface Refused {
  /** `Step mail (email.send)`. */
  readonly title: string
  readonly workflow: string
  readonly version: number
  readonly versionId: string
  /** The version that would be activated; undefined where the workflow is gone. */
  readonly current: number | undefined
  /** Acts that no valid grant allows. */
  readonly missing: readonly string[]
  readonly contentHash: string
  readonly content: Json
  readonly now: number
  /** Of the workflow, the latest first. */
  readonly past: readonly PastGrant[]
}

export function refusal(refused: Refused): ActionError {
  const { title, missing, contentHash } = refused
  const message = `${title} was not let out: ${reasonOf(refused)}`
  return new ActionError('not_countersigned', message, { detail: { needs: [...missing], content_hash: contentHash } })
}

function reasonOf(refused: Refused): string {
  const { workflow, version, versionId, missing, contentHash, past } = refused
  const own = past.filter((grant) => grant.versionId === versionId)
  const allowed = own.find((grant) => grant.contentHash === contentHash && !isOver(grant, refused.now))
  if (allowed !== undefined) {
    const acts = missing.map((act) => deeds[act] ?? act).join(' and ')
    return `version ${version} of "${workflow}" was countersigned${byOf(allowed)}, but not to ${acts}. ${howToAsk(refused, allowed)}`
  }
  const [latest] = own.length > 0 ? own : past
  if (latest === undefined) return `nobody has countersigned version ${version} of "${workflow}". ${howToAsk(refused)}`
  return `${sayEnd(latest, refused)} ${howToAsk(refused, latest)}`
}

const deeds: Readonly<Record<string, string>> = {
  activate_workflow: 'run',
  enable_schedule: 'run by its schedule',
  send_emails: 'send e-mails',
}

/** What is activated is the current version, and a template is asked for as a whole. */
function howToAsk({ version, current }: Refused, past?: PastGrant): string {
  if (past?.kind === 'template') return 'Ask the council to pre-approve the template anew, then run it again.'
  if (current === undefined) return 'The workflow is deleted: save it again and activate it.'
  const retry = current === version ? 'retry this step' : `retry this step with version ${current}, the current one`
  return `Activate the workflow: that asks those who can countersign it. Then ${retry}.`
}

function sayEnd(grant: PastGrant, { workflow, version, content, now }: Refused): string {
  const what = `version ${grant.version} of "${workflow}"`
  if (grant.revokedAt !== null) {
    const when = grant.revokedAt.toISOString()
    return `what countersigned ${what}${byOf(grant)} was revoked at ${when}: ${endOf(grant.revokedReason ?? '')}`
  }
  if (isOver(grant, now)) {
    return `what countersigned ${what}${byOf(grant)} expired at ${grant.expiresAt?.toISOString()}.`
  }
  const running = grant.version === version ? '' : `, and this is version ${version}`
  return `what was countersigned${byOf(grant)} is ${what}${running}. ${differenceOf(grant.content, content)}`
}

const isOver = ({ revokedAt, expiresAt }: PastGrant, now: number): boolean =>
  revokedAt !== null || (expiresAt !== null && expiresAt.getTime() <= now)

const byOf = ({ approvalId, approval }: PastGrant): string =>
  approvalId === null ? '' : ` by approval ${approvalId}${approval === null ? '' : ` ("${approval}")`}`

const endOf = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
