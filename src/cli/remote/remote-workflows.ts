// Definitions on their way to a server.

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
import type { ListedWorkflow, RunRequest, SavedStatus } from '../site.ts'
import type { Terminal } from '../terminal.ts'

export async function checkThere(client: Client, { source }: DefinitionFile): Promise<Problem[]> {
  const { data } = await client.POST('/workflows/validate', { body: { source } })
  return data.problems.map(problemOf)
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

/** Saves a definition and starts an execution of it; returns its id. */
export async function runThere(
  client: Client,
  terminal: Pick<Terminal, 'paint' | 'complain'>,
  file: DefinitionFile,
  { inputs: given, dedupeKey }: RunRequest,
): Promise<string> {
  const { name, webhooks } = await saveThere(client, terminal, file, { status: 'active' })
  for (const { url } of webhooks) terminal.complain(`Webhook of ${name}, shown only now: ${url}`)
  const path = { name }
  const { data: saved } = await client.GET('/workflows/{name}', { params: { path } })
  const inputs = await readInputs(given, workflowSchema.parse(saved.definition).inputs ?? {}, readText)
  const header = { 'Idempotency-Key': dedupeKey }
  const params = { path, ...(dedupeKey !== undefined && { header }) }
  return (await client.POST('/workflows/{name}/executions', { params, body: { inputs } })).data.id
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
