// Questions at the terminal: a vote with its reason, the fields of a form.

import type { InputSchema } from '../../kernel/definition/workflow.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { PendingForm } from '../../record/forms.ts'
import type { Office } from '../command-line.ts'
import type { Show } from '../follow/show.ts'
import { parseValue } from '../given-inputs.ts'
import { refusalOf } from '../refusal.ts'
import type { Site, WaitingApproval } from '../site.ts'
import { sayAsked } from './decision-lines.ts'
import { type Fields, requestOf, submitAs } from './submission.ts'

export interface Decision {
  readonly vote: 'approve' | 'reject'
  readonly reason?: string
}

/** Undefined when nobody answered, or "later" was the answer. */
export async function askApproval(
  { terminal, now }: Pick<Site, 'terminal' | 'now'>,
  show: Show,
  approval: WaitingApproval,
  signal: AbortSignal,
): Promise<Decision | undefined> {
  const { details, summary } = approval
  show.say(
    `${terminal.paint('yellow', '◆')} ${terminal.paint('bold', summary)}`,
    `  ${sayAsked(approval, now())}`,
    ...(details === null || details === undefined ? [] : [`  ${JSON.stringify(details)}`]),
  )
  for (;;) {
    const answer = (await terminal.ask('  Approve? yes, no or later (y/n/l): ', signal))?.toLowerCase()
    if (answer === undefined || ['l', 'later'].includes(answer)) return undefined
    const vote = ['y', 'yes'].includes(answer) ? 'approve' : ['n', 'no'].includes(answer) ? 'reject' : undefined
    if (vote === undefined) continue
    const reason = await terminal.ask('  Reason (may be empty): ', signal)
    if (reason === undefined) return undefined
    return { vote, ...(reason !== '' && { reason }) }
  }
}

/** Asks field by field until the form is taken. False when nobody answered. */
export async function askForm(
  office: Office,
  show: Show,
  form: PendingForm,
  as: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { terminal } = office
  const { title, instructions, fields } = requestOf(form)
  show.say(
    `${terminal.paint('yellow', '◆')} ${terminal.paint('bold', title)}`,
    ...(instructions === undefined ? [] : [`  ${instructions}`]),
  )
  for (;;) {
    const data = await askFields(office, fields, signal)
    if (data === undefined) return false
    const result = await submitAs(office, form, data, as)
    if (result.ok) {
      show.say(`Submitted by ${result.value.by}.`)
      return true
    }
    if (result.problems.some(({ code }) => code !== 'invalid_input')) throw refusalOf(result.problems)
    show.say(...result.problems.map(({ message }) => `  ${terminal.paint('red', message)}`))
  }
}

async function askFields({ terminal }: Office, fields: Fields, signal: AbortSignal): Promise<JsonObject | undefined> {
  const data: Record<string, Json> = {}
  for (const [name, schema] of Object.entries(fields)) {
    const answer = await terminal.ask(`  ${questionOf(name, schema)}: `, signal)
    if (answer === undefined) return undefined
    // An empty answer takes the default, or leaves out what may be left out.
    if (answer !== '') data[name] = parseValue(answer, schema)
  }
  return data
}

function questionOf(name: string, schema: InputSchema): string {
  const choices = schema.enum
    ?.map((choice) => (typeof choice === 'string' ? choice : JSON.stringify(choice)))
    .join(', ')
  const parts = [choices ?? schema.format ?? schema.type]
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`)
  else if (schema.required === false) parts.push('may be empty')
  return `${schema.title ?? name} (${parts.join('; ')})`
}
