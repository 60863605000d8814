// Asks a running server for one answer of each operation and keeps them as the examples of the OpenAPI document:
// `node tests/api/record-answers.ts`. Ids, times and secrets are replaced by ones that stay the same.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '../../src/api/routes.ts'
import type { Route } from '../../src/api/route.ts'
import { isJsonObject, type Json } from '../../src/kernel/json.ts'
import { startEmbeddedServer } from '../../src/record/embedded/server.ts'
import { type FuzzHouse, openFuzzHouse } from '../fuzz/fuzz-house.ts'
import { Sender } from '../fuzz/send.ts'
import { samples } from '../isolation/requests.ts'
import type { World } from '../isolation/world.ts'

const file = new URL('../../src/api/openapi/answers.json', import.meta.url)
/** Its answer is a schema of 100 kB. */
const leftOut = new Set(['getWorkflowSchema'])

/** What the server is asked for is called after the test that asks. */
const names: readonly (readonly [RegExp, string])[] = [
  [/flow-own\d+/g, 'invoice-approval'],
  [/failing-own\d+/g, 'stock-check'],
  [/passing-own\d+/g, 'note-taking'],
  [/critical-own\d+/g, 'order-dispatch'],
  [/held-own\d+/g, 'vendor-notice'],
  [/(?:blank|instant|asked|deleted)-own\d+/g, 'say-hello'],
  [/board-own\d+/g, 'board'],
  [/agent-own\d+/g, 'purchasing-agent'],
  [/council-own\d+/g, 'media'],
  [/SECRET_OWN\d+/g, 'STRIPE_KEY'],
  [/House of own\d+/g, 'Acme'],
  [/owner of own\d+/g, 'Ana'],
  [/admin of own\d+/g, 'Ben'],
  [/builder of own\d+/g, 'Bea'],
  [/operator of own\d+/g, 'Cleo'],
  [/viewer of own\d+/g, 'Dora'],
  [/t-own\d+/g, 'acme'],
  [/own\d+/g, 'acme'],
  [/fresh-\d+/g, 'note-taking'],
  [/FRESH_\d+/g, 'ERP_TOKEN'],
  [/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:4000'],
  [/cs_[\w-]{43}/g, 'cs_example-example-example-example-example-exa'],
  [/cs_[\w-]{6}(?=")/g, 'cs_sample'],
  [/(?<=hooks\/)[\w-]{43}/g, 'example-example-example-example-example-exa'],
  [/whsec_[\w+/=]+/g, 'whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGU='],
  [/"[0-9a-f]{64}"/g, `"${'9f86d081884c7d65'.repeat(4)}"`],
]

const narrow = new Set(['parent_id', 'agent_id', 'object_id', 'template_id', 'member'])

const dataDir = await mkdtemp(join(tmpdir(), 'countersign-answers-'))
// Open to the user that the server runs under when root runs this.
await chmod(dataDir, 0o711)
const server = await startEmbeddedServer({
  dataDir: join(dataDir, 'postgres'),
  log: { info: () => {}, warn: () => {} },
})
try {
  const house = await openFuzzHouse(server.url)
  try {
    await writeFile(file, `${JSON.stringify(await record(house), undefined, 2)}\n`)
  } finally {
    await house.close()
  }
} finally {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

/** By operation and status. */
async function record(house: FuzzHouse): Promise<Record<string, Record<string, Json>>> {
  const sender = new Sender(house.port)
  const read = await house.newWorld()
  const found: Record<string, Record<string, Json>> = {}
  for (const route of routes.filter(({ answers }) =>
    Object.values(answers).some(({ schema }) => schema !== undefined),
  )) {
    if (leftOut.has(route.operation)) continue
    const answer = await ask(sender, route, route.method === 'GET' ? read : await house.newWorld())
    if (answer === undefined) continue
    found[route.operation] = { [answer.status]: shortened(JSON.parse(plain(answer.body))) }
  }
  sender.close()
  // None has failed yet that could be sent again.
  const { [200]: page } = found['listDeliveries'] ?? {}
  const [delivery] = isJsonObject(page) && Array.isArray(page['items']) ? page['items'] : []
  return { ...found, ...(delivery !== undefined && { replayDelivery: { 202: delivery } }) }
}

async function ask(sender: Sender, route: Route, world: World) {
  const { params = {}, query = {}, body } = samples[route.operation]?.(world, 'owner') ?? {}
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  const about = new URLSearchParams(wider(query)).toString()
  const { status, body: text } = await sender.send({
    method: route.method,
    url: `/api/v1${path}${about === '' ? '' : `?${about}`}`,
    headers: {
      authorization: `Bearer ${world.keys.owner.text}`,
      'if-match': '*',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    payload: body === undefined ? undefined : JSON.stringify(body),
  })
  return status < 300 && text.startsWith('{') ? { status, body: text } : undefined
}

/** Without what would leave a list empty. */
function wider(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !narrow.has(name)))
}

function plain(text: string): string {
  const ids = new Map<string, string>()
  const idFor = (id: string): string => {
    const known = ids.get(id) ?? `01a1ff28-479d-702e-847d-${String(ids.size + 1).padStart(12, '0')}`
    ids.set(id, known)
    return known
  }
  let second = 0
  return names
    .reduce((changed, [from, to]) => changed.replaceAll(from, to), text)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, idFor)
    .replaceAll(/(?<=_)[0-9a-f]{32}/g, (id) => idFor(id).replaceAll('-', ''))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, () =>
      new Date(Date.UTC(2026, 10, 21, 12, 0, second++)).toISOString(),
    )
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '2026-11-28 12:00 UTC')
    .replaceAll(/(?<=_ms":)\d+/g, '12')
}

/** Lists of one or two: an example shows what an entry looks like. */
function shortened(value: Json): Json {
  if (Array.isArray(value)) return value.slice(0, 2).map(shortened)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]))
}
