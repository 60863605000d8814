// A server elsewhere as a site.

import { type Client, createClient } from '../../client/client.ts'
import { paginate } from '../../client/pages.ts'
import { isMoveLegal } from '../../kernel/plan/moves.ts'
import type { ExecutionFilter } from '../../record/executions.ts'
import { readDefinition } from '../definition-file.ts'
import type { Watch, WatchedExecution } from '../follow/watch.ts'
import { idRange } from '../id-prefix.ts'
import { approvalLines, type Teller } from '../people/decision-lines.ts'
import { Refusal } from '../refusal.ts'
import { sayRetry } from '../retry-file.ts'
import type { Check, ListedExecution, RetryRequest, SavedDefinition, Site } from '../site.ts'
import type { Terminal } from '../terminal.ts'
import type { RemoteAddress } from './remote-address.ts'
import { castVote, findPending, pendingApprovals, remoteDecisionLines, requireApproval } from './remote-approvals.ts'
import { followThere } from './remote-follow.ts'
import { migrateThere } from './remote-migration.ts'
import { refusing } from './remote-refusal.ts'
import { listed, readExecution, remoteSource } from './remote-source.ts'
import { activateThere, activationIn, checkThere, listThere, runThere, saveThere } from './remote-workflows.ts'

export function withRemoteSite<T>(
  address: RemoteAddress,
  terminal: Terminal,
  work: (site: Site) => Promise<T>,
): Promise<T> {
  return refusing(address, () => work(remoteSite(createClient(address), address, terminal)))
}

/** Checks definitions as the tenant of the key sees them. */
export function remoteCheck(address: RemoteAddress): Check {
  const client = createClient(address)
  return (file) => refusing(address, () => checkThere(client, file))
}

function remoteSite(client: Client, { flags }: RemoteAddress, terminal: Terminal): Site {
  const source = remoteSource(client)
  const here = { terminal, now: Date.now, source }
  const teller = (): Teller => ({ terminal, now: Date.now(), flags })
  const site: Site = {
    ...here,
    flags,
    save: async (file, status) => savedFrom(await saveThere(client, terminal, file, { status })),
    listWorkflows: (limit) => listThere(client, limit),
    switchWorkflow: async (name, status) => {
      if (status === 'active') return activateThere(client, name)
      await client.POST('/workflows/{name}/deactivate', { params: { path: { name } } })
      return []
    },
    run: (file, request) => runThere(client, terminal, file, request),
    listExecutions: (filter) => listExecutions(client, filter),
    requireExecution: (typed) => requireExecution(client, site, typed),
    control: async (id, move, reason) => {
      const body = reason === undefined ? {} : { reason }
      await client.POST(`/executions/{id}/${move}`, { params: { path: { id } }, body })
    },
    retry: (execution, request) => retry(client, terminal, execution, request),
    migrate: (id, wish) => migrateThere(client, id, wish),
    rerun: async ({ id }) => (await client.POST('/executions/{id}/rerun', { params: { path: { id } } })).data.id,
    whyHeld: (watch) => whyHeld(client, watch, flags),
    decisionLines: (gates) => remoteDecisionLines(client, gates, teller()),
    approvalLines: async (ids) => {
      const found = await Promise.all(ids.map((id) => findPending(client, id)))
      return found.flatMap((approval) => (approval === undefined ? [] : approvalLines(teller(), approval)))
    },
    listApprovals: () => pendingApprovals(client),
    vote: async (typed, ballot) => castVote(client, await requireApproval(client, typed, teller()), ballot),
    follow: (id, options) => followThere(client, here, teller, id, options),
    // A server has workers of its own.
    goOn: async (id, follows) => (follows === true ? site.follow(id, {}) : 'fine'),
  }
  return site
}

interface SavedThere {
  readonly name: string
  readonly version: number
  readonly status: string
  readonly is_new: boolean
  readonly webhooks: readonly { readonly url: string }[]
}

function savedFrom(saved: SavedThere): SavedDefinition {
  const { name, version, status, is_new: isNew, webhooks } = saved
  const { waitsFor, problem } = activationIn(saved)
  return { name, version, status, isNew, webhooks: webhooks.map(({ url }) => url), waitsFor, problem }
}

const mostOnPage = 200

async function listExecutions(
  client: Client,
  { status, workflow, limit }: ExecutionFilter,
): Promise<ListedExecution[]> {
  const found: ListedExecution[] = []
  const read = (page: { limit: number; offset: number }) =>
    client.GET('/executions', { params: { query: { status, workflow, ...page } } })
  for await (const one of paginate(read, Math.min(limit, mostOnPage))) {
    found.push(listed(one))
    if (found.length === limit) break
  }
  return found
}

/** How far an execution's time may lie from that in its id. */
const slackMs = 10_000

async function requireExecution(
  client: Client,
  { source }: Pick<Site, 'source'>,
  typed: string,
): Promise<WatchedExecution> {
  const range = idRange(typed)
  if (range === undefined)
    throw new Refusal('usage', `"${typed}" is no id. Type the id or its beginning, at least 8 characters.`)
  const id = range.from === range.to ? range.from : await findByBeginning(client, typed, range)
  const execution = id === undefined ? undefined : await source.find(id)
  if (execution !== undefined) return execution
  throw new Refusal('failed', `There is no execution ${typed} on the server.`)
}

/** Ids are UUIDv7, whose first 48 bits are the time: those that begin alike were made about the same time. */
async function findByBeginning(
  client: Client,
  typed: string,
  range: { from: string; to: string },
): Promise<string | undefined> {
  const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  const query = {
    created_after: new Date(timeOf(range.from) - slackMs).toISOString(),
    created_before: new Date(timeOf(range.to) + slackMs).toISOString(),
  }
  const read = (page: { limit: number; offset: number }) =>
    client.GET('/executions', { params: { query: { ...query, ...page } } })
  const found: string[] = []
  for await (const { id } of paginate(read, mostOnPage)) if (id >= range.from && id <= range.to) found.push(id)
  if (found.length > 1) throw new Refusal('usage', `More than one execution begins with ${typed}. Type more of the id.`)
  return found[0]
}

async function retry(
  client: Client,
  terminal: Terminal,
  { id, status, workflow }: WatchedExecution,
  { from, file }: RetryRequest,
): Promise<string> {
  if (!isMoveLegal('retry', status)) {
    throw new Refusal('failed', `The execution ${id} is ${status}: only a failed or cancelled one can be retried.`)
  }
  const mended = file === undefined ? undefined : await readDefinition(terminal, file)
  const saved =
    mended === undefined ? undefined : await saveThere(client, terminal, mended, { status: 'active', onlyAs: workflow })
  const body = { ...(from.length > 0 && { steps: [...from] }), ...(saved !== undefined && { version: saved.version }) }
  await client.POST('/executions/{id}/retry', { params: { path: { id } }, body })
  return sayRetry(id, from, saved?.version)
}

async function whyHeld(client: Client, { execution: { id, status }, ended }: Watch, flags: string): Promise<string[]> {
  if (ended !== undefined) return []
  if (status === 'paused') return [`Paused. npx countersign executions resume ${id}${flags}`]
  const { waiting_for: reason } = await readExecution(client, id)
  return reason === null ? [] : [`Waits for ${reason}.`]
}
