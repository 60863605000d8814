// A round: many requests with keys, the server killed in the middle, all of them sent again until they are answered, and then
// the books are checked.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Queryable } from '../../src/record/database.ts'
import { executionsOf, versionsOf } from './retries-sql.ts'
import { Sender, type Sending, type Sent } from './sender.ts'
import type { Serving } from './serving.ts'

export interface RoundParts {
  readonly serving: Serving
  readonly db: Queryable
  readonly tenantId: string
  readonly apiKey: string
  /** In [0, 1). */
  readonly chance: () => number
}

export interface Outcome {
  readonly problems: readonly string[]
  /** Requests that were under way when the server was killed. */
  readonly cut: number
  readonly requests: number
}

const starts = 40
const saves = 6
/** The server is killed so long after the first request at most. */
const longestMs = 60

export const workflow = 'kept-once'
export const definitionOf = (name: string): string =>
  `name: ${name}\ninputs:\n  n: { type: string }\nsteps:\n  - id: note\n    action: log\n    config: { message: "{{ inputs.n }}" }\n`

export async function playRound(parts: RoundParts, number: number): Promise<Outcome> {
  const { serving, chance } = parts
  const mark = `r${number}-${randomUUID().slice(0, 8)}`
  const sender = new Sender()
  const requests = requestsOf(parts, mark)
  const begun = Promise.all(requests.map(async (sending) => sender.send(sending)))
  await pause(chance() * longestMs)
  const cut = sender.inFlight
  await serving.kill()
  await serving.run()
  const answers = await begun
  // Once more, with nothing in the way: the same answers.
  const again = await Promise.all(requests.map(async (sending) => sender.send(sending)))
  sender.close()
  const problems = [
    ...requests.flatMap((sending, index) => answerProblems(sending, answers[index], again[index])),
    ...(await bookProblems(parts, mark, answers)),
  ]
  return { problems, cut, requests: requests.length }
}

function requestsOf({ serving: { url }, apiKey }: RoundParts, mark: string): Sending[] {
  const facts = { url, apiKey }
  return [
    ...Array.from({ length: starts }, (_, index) => ({
      ...facts,
      path: '/executions',
      key: `${mark}-start-${index}`,
      body: JSON.stringify({ workflow, inputs: { n: `${mark}-${index}` } }),
    })),
    ...Array.from({ length: saves }, (_, index) => ({
      ...facts,
      path: '/workflows',
      key: `${mark}-save-${index}`,
      body: JSON.stringify({ source: definitionOf(`${mark}-${index}`) }),
    })),
  ]
}

function answerProblems({ key, path }: Sending, first: Sent | undefined, again: Sent | undefined): string[] {
  if (first === undefined || again === undefined) return [`${key}: no answer`]
  if (first.status !== 201) return [`${key}: POST ${path} answered ${first.status} ${first.body.slice(0, 200)}`]
  const isSame = again.status === first.status && again.body === first.body && again.isReplayed
  return isSame ? [] : [`${key}: answered ${first.body} and then ${again.status} ${again.body}`]
}

async function bookProblems({ db, tenantId }: RoundParts, mark: string, answers: readonly Sent[]): Promise<string[]> {
  const made = await executionsOf(db, tenantId, mark)
  const told = new Set(answers.flatMap(({ body }) => /"id":"([^"]+)"/.exec(body)?.[1] ?? []))
  const byInput = Map.groupBy(made, ({ n }) => n)
  const doubled = [...byInput].filter(([, those]) => those.length > 1).map(([n]) => `${n} was started twice`)
  const lost = starts - byInput.size
  const versions = await versionsOf(db, tenantId, mark)
  const names = new Set(versions.map(({ name }) => name))
  return [
    ...doubled,
    ...(lost === 0 ? [] : [`${lost} executions are missing`]),
    ...made.filter(({ id }) => !told.has(id)).map(({ id }) => `${id} was started and nobody was told`),
    ...(versions.length === saves && names.size === saves
      ? []
      : [`${versions.length} versions of ${names.size} workflows`]),
  ]
}
