// A preview as lines: a table of its steps, then what would leave, who must agree, and how long it takes.

import type { previewBody } from '../../api/shapes/preview.ts'
import { sayElapsed } from '../elapsed.ts'
import { tableLines } from '../table.ts'
import type { Paint } from '../terminal.ts'

export type PreviewBody = ReturnType<typeof previewBody>
type Step = PreviewBody['steps'][number]
type Approval = PreviewBody['approvals'][number]

export function previewLines(preview: PreviewBody, paint: Paint, columns: number): string[] {
  const { name, impact, steps, approvals, status, failure, sampled_inputs: sampled, totals } = preview
  const rows = steps.map((step) => [
    step.id,
    step.action,
    step.class,
    sayRuns(step),
    sayLeaving(step),
    sayDuration(step),
  ])
  const leaving = steps.flatMap((step) => leavingLines(step, columns))
  const ended = failure === null ? status.replace('_', ' ') : `${status}: ${failure.message}`
  return [
    `${paint('bold', name)}  class ${impact.class}; it usually ends ${ended}`,
    ...(sampled.length > 0 ? [paint('dim', `Samples stand for: ${sampled.join(', ')}.`)] : []),
    '',
    ...tableLines(['STEP', 'ACTION', 'CLASS', 'RUNS', 'LEAVES', 'TAKES'], rows),
    ...section('What would leave the company', leaving, 'Nothing.', paint),
    ...section('Who must agree', approvals.flatMap(approvalLines), 'Nobody.', paint),
    '',
    `${sayTotal(preview)} ${sayWays(totals)} Nothing was sent, written or started.`,
  ]
}

function section(title: string, lines: readonly string[], none: string, paint: Paint): string[] {
  return ['', paint('bold', title), ...(lines.length === 0 ? [`  ${none}`] : lines)]
}

function sayRuns({ runs, when, condition, failure }: Step): string {
  if (failure !== null && runs === 'certain') return 'fails'
  if (runs === 'skipped') return `skipped: ${condition ?? ''}`
  if (runs !== 'depends') return runs === 'certain' ? 'for certain' : 'never'
  if (when.length === 0) return 'one of several ways'
  return when.map(sayRequirement).join(' and ')
}

function sayRequirement({ step, about, options }: Step['when'][number]): string {
  const ways = options.join(' or ')
  return about === 'condition' ? `if the condition of ${step} is ${ways}` : `if ${step} is ${ways}`
}

function sayLeaving({ leaves }: Step): string {
  return [...new Set(leaves.map(({ kind }) => kind))].join(', ')
}

function sayDuration({ duration, waits }: Step): string {
  const { working, waiting } = duration
  const [wait] = waits
  const most = wait === undefined || wait.most_ms === null ? '' : `waits up to ${sayElapsed(wait.most_ms)}`
  if (working === null) return most === '' ? 'not known yet' : most
  const waited = waiting === null || waiting.median_ms < 1000 ? '' : `, waits ${sayElapsed(waiting.median_ms)}`
  return `${sayElapsed(working.median_ms)} (p95 ${sayElapsed(working.p95_ms)})${waited}`
}

function leavingLines({ id, leaves }: Step, columns: number): string[] {
  return leaves.flatMap(({ kind, to, content, compensates, via }) => {
    const by = via.length === 0 ? id : `${id} (${via.join('/')})`
    const head = `  ${by}: ${kind}${compensates ? ' to undo it' : ''} to ${to.join(', ')}`
    const text = `    ${JSON.stringify(content)}`
    return [head, text.length > columns ? `${text.slice(0, columns - 1)}…` : text]
  })
}

const kinds = { step: 'each execution', activation: 'before it is active', run: 'before each execution' } as const

function approvalLines(approval: Approval): string[] {
  const { kind, step, acts, who, votes_needed: needed, can_be_met: canBeMet, problem } = approval
  const what = step ?? (acts.join(', ') || 'run')
  if (canBeMet === null) return [`  ${what} (${kinds[kind]}): ${problem ?? ''}`]
  const names = who.map(({ name }) => name).join(', ')
  const given = names === '' ? 'nobody could give it' : `${needed ?? 1} of ${names}`
  const head = `  ${what} (${kinds[kind]}): ${given}`
  return canBeMet ? [head] : [head, `    ${problem ?? ''}`]
}

function sayTotal({ duration }: PreviewBody): string {
  const { working, waiting } = duration
  if (working === null) return 'How long it takes is not known yet.'
  const waited = waiting === null || waiting.median_ms === 0 ? '' : `, and ${sayElapsed(waiting.median_ms)} of waiting`
  return `It takes about ${sayElapsed(working.median_ms)} of work${waited}.`
}

function sayWays({ ways, is_complete: isComplete }: PreviewBody['totals']): string {
  return isComplete
    ? `${ways === 1 ? 'One way was' : `All ${ways} ways were`} walked.`
    : `${ways} ways were walked; there are more.`
}
