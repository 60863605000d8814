// Definitions on their way to a server.

import { z } from 'zod'
import { workflowSchema } from '../../kernel/definition/workflow.ts'
import { type Problem, problemKinds, type ProblemCode } from '../../kernel/problem.ts'
import type { ProblemDetail, SavedWorkflow } from '../../client/api.generated.ts'
import type { Client } from '../../client/client.ts'
import { paginate } from '../../client/pages.ts'
import { ProblemError } from '../../client/problem-error.ts'
import { type DefinitionFile, readText } from '../definition-file.ts'
import { readInputs } from '../given-inputs.ts'
import { requireName } from '../retry-file.ts'
import { reportLines, sayProblemCount } from '../problem-report.ts'
import { Refusal } from '../refusal.ts'
import type { Ballot } from '../people/votes.ts'
import type { Begun, Checked, ListedWorkflow, RunRequest, SavedStatus } from '../site.ts'
import type { Terminal } from '../terminal.ts'
import { castVote, findPending } from './remote-approvals.ts'

export async function checkThere(client: Client, { source }: DefinitionFile): Promise<Checked> {
  const { data } = await client.POST('/workflows/validate', { body: { source } })
  const problems = data.problems.map(problemOf)
  if (data.impact === null) return { problems }
  const { class: impact, reasons } = data.impact
  return { problems, impact: { impact, reasons: reasons.map((one) => ({ ...one, impact: one.class })) } }
}

/** Saves a definition under its name, whatever is there; but not over what somebody else saves in the same moment. `onlyAs` is the name it must have. */
export async function saveThere(
  client: Client,
  terminal: Pick<Terminal, 'paint'>,
  file: DefinitionFile,
  { status, onlyAs }: { readonly status: SavedStatus; readonly onlyAs?: string },
): Promise<SavedWorkflow> {
  const { source } = file
  const { data: checked } = await client.POST('/workflows/validate', { body: { source } })
  const { name } = checked
  if (name === null) {
    const lines = reportLines(file.name, source, checked.problems.map(problemOf), terminal.paint)
    throw new Refusal(
      'failed',
      `${lines.join('\n')}\n${sayProblemCount(checked.problems.length)} found. Nothing was saved.`,
    )
  }
  if (onlyAs !== undefined) requireName(file, { name }, onlyAs)
  try {
    return (await client.POST('/workflows', { body: { source, status } })).data
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'conflict') throw error
    const path = { name }
    const { response } = await client.GET('/workflows/{name}', { params: { path } })
    const header = { 'If-Match': response.headers.get('etag') ?? '' }
    return (await client.PUT('/workflows/{name}', { params: { path, header }, body: { source } })).data
  }
}

/** Saves a definition and starts an execution of it, once it is countersigned where it has to be. */
export async function runThere(
  client: Client,
  terminal: Pick<Terminal, 'paint' | 'complain'>,
  file: DefinitionFile,
  { inputs: given, dedupeKey, ballot }: RunRequest,
): Promise<Begun> {
  const body = await saveThere(client, terminal, file, { status: 'active' })
  const { name, webhooks } = body
  for (const { url } of webhooks) terminal.complain(`Webhook of ${name}, shown only now: ${url}`)
  const path = { name }
  const { state } = activationIn(body)
  if (body.status === 'inactive' && state !== 'not_needed' && state !== 'granted') {
    const waitsFor = await countersign(client, terminal, await activateThere(client, name), ballot)
    if (waitsFor.length > 0) return { name, waitsFor }
  }
  const { data: saved } = await client.GET('/workflows/{name}', { params: { path } })
  const inputs = await readInputs(given, workflowSchema.parse(saved.definition).inputs ?? {}, readText)
  const header = { 'Idempotency-Key': dedupeKey }
  const params = { path, ...(dedupeKey !== undefined && { header }) }
  const { data } = await client.POST('/workflows/{name}/executions', { params, body: { inputs } })
  return { executionId: data.id }
}

const activation = z.object({
  activation: z.object({
    state: z.string(),
    approval_ids: z.array(z.string()),
    approval_problem: z.string().nullable(),
  }),
})

/** Where a workflow that a server answers with stands on its way to being active. */
export function activationIn(body: unknown) {
  const { state, approval_ids: waitsFor, approval_problem: problem } = activation.parse(body).activation
  return { state, waitsFor, problem }
}

/** Returns the approvals that it waits for. */
export async function activateThere(client: Client, name: string): Promise<readonly string[]> {
  const { data } = await client.POST('/workflows/{name}/activate', { params: { path: { name } } })
  return activationIn(data).waitsFor
}

/** As the holder of the key. Returns what still waits. */
async function countersign(
  client: Client,
  { complain }: Pick<Terminal, 'complain'>,
  ids: readonly string[],
  ballot: Ballot | undefined,
): Promise<readonly string[]> {
  if (ballot === undefined) return ids
  for (const id of ids) complain((await castVote(client, id, ballot)).said)
  const left = await Promise.all(ids.map(async (id) => ((await findPending(client, id)) === undefined ? [] : [id])))
  if (ballot.vote === 'reject') throw new Refusal('failed', 'It was not approved: nothing was started.')
  return left.flat()
}

export async function listThere(client: Client, limit: number): Promise<ListedWorkflow[]> {
  const rows: ListedWorkflow[] = []
  const read = (query: { limit: number; offset: number }) => client.GET('/workflows', { params: { query } })
  for await (const one of paginate(read, Math.min(limit, 200))) {
    const { id, name, title, status, version, content_hash: contentHash } = one
    rows.push({ id, name, title, status, version, contentHash, createdAt: new Date(one.created_at) })
    if (rows.length === limit) break
  }
  return rows
}

function problemOf({ code, ...rest }: ProblemDetail): Problem {
  return { code: isProblemCode(code) ? code : 'schema', ...rest }
}

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problemKinds, code)
