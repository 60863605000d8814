// Sends generated requests to a house and gathers what must not be: the same seed sends the same requests.

import { readdirSync, readFileSync } from 'node:fs'
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts'
import { samples } from '../isolation/requests.ts'
import { namesOf, type World } from '../isolation/world.ts'
import { foreignMark, type FuzzHouse, type FuzzWorld } from './fuzz-house.ts'
import { type Answer, complaint } from './judge.ts'
import { type FuzzRequest, fuzzRequests, type Sample } from './requests.ts'
import { Sender } from './send.ts'

export interface Outcome {
  readonly requests: number
  /** By the first digit of the status; 0 is no answer. */
  readonly byClass: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
  /** Operations of which no request succeeded, and those that were never asked. */
  readonly neverSucceeded: readonly string[]
}

export interface Violation {
  readonly operation: string
  readonly message: string
  /** The first of its kind, as one line that repeats it. */
  readonly example: string
  readonly count: number
}

/** What is deleted is there again in the next one. */
const requestsPerWorld = 1000
const lanes = 6

export async function runCampaign(house: FuzzHouse, total: number, seed: number): Promise<Outcome> {
  const sender = new Sender(house.port)
  const found = new Findings(house)
  try {
    for (let begun = 0; begun < total; begun += requestsPerWorld) {
      const world = await house.newWorld()
      const requests = fuzzRequests(house.document, {
        texts: textsOf(world, house.foreign),
        seed: seed * 1_000_003 + begun,
        sampleOf: (operation) => sampleOf(operation, world),
      })
      const batch = requests.take(Math.min(requestsPerWorld, total - begun))
      await Promise.all(
        Array.from({ length: lanes }, async () => {
          for (const request of batch) {
            const sent = Array.from({ length: copiesOf(request) }, () => sender.send(addressed(request, world)))
            for (const answer of await Promise.all(sent)) found.judge(request, answer)
          }
        }),
      )
    }
  } finally {
    sender.close()
  }
  return found.outcome()
}

function sampleOf(operation: string, world: FuzzWorld): Sample | undefined {
  switch (operation) {
    case 'revokeMyApiKey':
      return { params: { id: world.spareKey } }
    case 'createWorkflow':
    case 'validateWorkflow':
      return { body: { source: nextExample(`fuzz-${exampleTurn}`) } }
    default:
      return samples[operation]?.(world, 'owner')
  }
}

const examples = new URL('../../examples/', import.meta.url)
const sources = readdirSync(examples)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, examples), 'utf8'))
let exampleTurn = 0

/** Under another name: nothing starts it. */
function nextExample(name: string): string {
  return (sources[exampleTurn++ % sources.length] ?? '').replace(/^name: .*$/m, `name: ${name}`)
}

/** Some are sent three times at once: what is made or moved twice must not fail inside. */
function copiesOf({ method, kind }: FuzzRequest): number {
  return method !== 'GET' && kind === 'valid' ? 3 : 1
}

/** Ids of the foreign tenant that requests may name; the others are looked for in every answer. */
const namedIds = [
  ...(['workflow', 'waiting', 'approval', 'agent', 'secret', 'subscription', 'council'] as const),
  ...(['board', 'handed', 'template', 'templateId', 'submitted', 'absence'] as const),
] as const

function textsOf(world: FuzzWorld, foreign: World): readonly string[] {
  // Whoever asks keeps their key.
  const { members, keys } = world
  const own = namesOf(world).filter((name) => name !== members.owner && name !== keys.owner.id)
  return [...own, ...namedIds.flatMap((name) => idsOf(foreign[name]))]
}

const idsOf = (text: string): string[] => (text.toLowerCase().includes(foreignMark) ? [] : [text])

/** All that requests do not name. */
function secretsOf(foreign: World): readonly string[] {
  const named = new Set(namedIds.map((name) => foreign[name]))
  const ids = namesOf(foreign).filter((name) => !named.has(name) && idsOf(name).length > 0)
  return [foreignMark, foreignMark.toUpperCase(), foreign.tenantId, ...ids]
}

function addressed(request: FuzzRequest, world: World) {
  const headers = { authorization: `Bearer ${world.keys.owner.text}`, ...request.headers }
  return { ...request, url: `/api/v1${request.url}`, headers }
}

/** Said of a connection before any operation is reached: none at all, an expectation, headers that are too large. */
const connectionStatuses: ReadonlySet<number> = new Set([0, 417, 431])

class Findings {
  private readonly house: FuzzHouse
  private readonly secrets: readonly string[]
  private readonly declared: ReadonlyMap<string, JsonObject>
  private readonly byClass: Record<string, number> = {}
  private readonly violations = new Map<string, Violation>()
  private readonly asked = new Set<string>()
  private readonly succeeded = new Set<string>()
  private requests = 0

  constructor(house: FuzzHouse) {
    this.house = house
    this.secrets = secretsOf(house.foreign)
    this.declared = answersByOperation(house.document)
  }

  judge(request: FuzzRequest, answer: Answer): void {
    this.requests++
    const digit = String(answer.status).slice(0, 1)
    this.byClass[digit] = (this.byClass[digit] ?? 0) + 1
    this.asked.add(request.operation)
    if (answer.status >= 200 && answer.status < 400) this.succeeded.add(request.operation)
    for (const message of this.complaints(request, answer)) this.add(request, message)
  }

  private complaints({ operation }: FuzzRequest, answer: Answer): string[] {
    const { status, body, headers } = answer
    const inside = this.house.errors.get(String(headers['x-request-id']))
    const whole = `${JSON.stringify(headers)} ${body}`
    const leaked = this.secrets.find((secret) => whole.includes(secret))
    return [
      ...[complaint(answer)].flatMap((text) =>
        text === undefined ? [] : [`${text}${inside === undefined ? '' : ` (log: ${inside})`}`],
      ),
      ...(leaked === undefined ? [] : [`shows "${leaked}" of another tenant`]),
      ...(status === 401 && operation !== 'signIn' && operation !== 'changePassword'
        ? ['the caller was signed out']
        : []),
      ...this.undeclared(operation, answer),
    ]
  }

  /** What the document does not say of the operation. */
  private undeclared(operation: string, { status, headers }: Answer): string[] {
    if (connectionStatuses.has(status)) return []
    const answer = this.declared.get(operation)?.[String(status)]
    if (!isJsonObject(answer)) return [`answered ${status}, which the document does not name`]
    const { content } = answer
    const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    if (isJsonObject(content) ? content[type] !== undefined : type === '') return []
    return [`answered ${status} as "${type}", which the document does not name`]
  }

  private add({ operation, kind, ...request }: FuzzRequest, message: string): void {
    const name = `${operation} ${message.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '…').slice(0, 120)}`
    const known = this.violations.get(name)
    // Of a text that is longer no pattern looks for what repeats.
    const example = `(${kind}) ${JSON.stringify(request)
      .slice(0, 20_000)
      .replaceAll(/(.{1,8}?)\1{30,}/g, '$1…')
      .slice(0, 1200)}`
    this.violations.set(
      name,
      known === undefined ? { operation, message, example, count: 1 } : { ...known, count: known.count + 1 },
    )
  }

  outcome(): Outcome {
    const neverSucceeded = [...this.asked].filter((operation) => !this.succeeded.has(operation))
    const violations = [...this.violations.values()].toSorted((a, b) => (a.operation < b.operation ? -1 : 1))
    return { requests: this.requests, byClass: this.byClass, violations, neverSucceeded }
  }
}

function answersByOperation({ paths }: JsonObject): ReadonlyMap<string, JsonObject> {
  const operations = Object.values(isJsonObject(paths) ? paths : {}).flatMap((methods) =>
    Object.values(isJsonObject(methods) ? methods : {}),
  )
  return new Map(
    operations
      .filter(isJsonObject)
      .map(({ operationId, responses }) => [String(operationId), isJsonObject(responses) ? responses : {}]),
  )
}

/** For people: what was sent, how it was answered, and each kind of violation with a request that shows it. */
export function sayOutcome({ requests, byClass, violations, neverSucceeded }: Outcome): string {
  return [
    `requests ${requests}, answers by class ${Object.entries(byClass)
      .map(([digit, count]) => `${digit}xx ${count}`)
      .join(', ')}`,
    `operations of which none succeeded: ${neverSucceeded.length === 0 ? 'none' : neverSucceeded.join(', ')}`,
    ...violations.map(
      ({ operation, message, example, count }) => `\n${operation}: ${message}\n  ${count} times, such as ${example}`,
    ),
    `violations ${violations.length}`,
  ].join('\n')
}
