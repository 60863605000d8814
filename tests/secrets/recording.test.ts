// Runs that get their secrets back in every way a server can think of: nothing that is kept of them holds one.

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { runOffline } from '../../src/cli/cli.test-kit.ts'
import { createHttpDoor } from '../../src/engine/doors/http-door.ts'
import { serve } from '../../src/engine/doors/local-server.test-kit.ts'
import type { Step, Workflow } from '../../src/kernel/definition/workflow.ts'
import type { Database } from '../../src/record/database.ts'
import { TestEngine } from '../engine/engine.test-kit.ts'
import { behave } from '../engine/test-pack.ts'
import { createTestTenant, databaseKey, openOwnDatabase, type TestTenant } from '../setup/database.ts'
import { dump, openKeeper, set } from './house.ts'

const token = 'Tk/9+zÄ?x"Secret&Value=42'
const pin = '90417733'
const pem = '-----BEGIN KEY-----\nM11E7Q1B4D4NB9k1\nhk1G9w0B4QEF44SC\n-----END KEY-----'

let database: Database
let tenant: TestTenant
beforeAll(async () => {
  database = await openOwnDatabase()
  tenant = await createTestTenant(database)
  await set(database, tenant.id, { TOKEN: token, PIN: pin, PEM: pem })
  return () => database.close()
})

/** No form of a value is in the text. Base64 without its ends, since they share bits with their neighbours. */
function expectNone(text: string): void {
  const lines = pem.split('\n').slice(1, 3)
  for (const value of [token, pin, ...lines]) {
    const bytes = Buffer.from(value)
    const forms = [
      ...[
        value,
        value.toLowerCase(),
        value.toUpperCase(),
        encodeURIComponent(value),
        JSON.stringify(value).slice(1, -1),
      ],
      ...[bytes.toString('hex'), bytes.toString('base64').slice(0, -4)],
      ...[1, 2].map((shift) =>
        Buffer.concat([Buffer.alloc(shift), bytes])
          .toString('base64')
          .slice(4, -4),
      ),
    ]
    for (const form of forms) if (text.includes(form)) throw new Error(`${form} is in ${around(text, form)}`)
  }
}

function around(text: string, form: string): string {
  const at = text.indexOf(form)
  return at < 0 ? '' : text.slice(Math.max(0, at - 100), at + 100)
}

async function openEngine(host: string): Promise<TestEngine> {
  const door = createHttpDoor({ allow: [host], maxBytes: 100_000, timeoutMs: 20_000 })
  const engine = new TestEngine(database, tenant, {
    keeper: openKeeper(database),
    doors: { http: (request, signal) => door.http(request, signal) },
  })
  await engine.engine.start()
  onTestFinished(async () => {
    await engine.engine.stop()
    await door.close()
  })
  return engine
}

/** Repeats all that it got, in all ways. */
async function serveEcho() {
  return serve((request, response) => {
    const got = { headers: request.headers, url: request.url }
    const credential = request.headers.authorization ?? ''
    const all = {
      ...got,
      [credential]: 'as a key',
      base64: Buffer.from(`prefix${credential}suffix`).toString('base64'),
      hex: Buffer.from(credential).toString('hex'),
      text: `<b>${credential.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}</b> ${JSON.stringify(credential)}`,
      pin: Number(pin),
    }
    const path = request.url?.split('?', 1)[0]
    if (path === '/redirect')
      response.writeHead(302, { location: `/echo?back=${encodeURIComponent(credential)}` }).end()
    else if (path === '/busy') response.writeHead(503).end(`${'x'.repeat(470)}${credential}`)
    else if (path === '/refused')
      response.writeHead(400, { 'x-echo': encodeURIComponent(credential) }).end(JSON.stringify(all))
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(all))
  })
}

const steps = (url: string): Step[] => [
  call('echo', `${url}/echo?pin={{ secrets.PIN }}`),
  call('redirect', `${url}/redirect`),
  { ...call('busy', `${url}/busy`), retry: { attempts: 2, initial: '10ms' }, on_error: 'go_on' },
  { ...call('refused', `${url}/refused`), on_error: 'go_on' },
  {
    id: 'go_on',
    action: 'transform',
    config: {
      set: {
        plain: '{{ secrets.TOKEN }}',
        number: '{{ int(secrets.PIN) }}',
        base64: '{{ bytes(secrets.TOKEN).base64() }}',
        bytes: '{{ bytes("x" + secrets.TOKEN) }}',
        hex: '{{ bytes(secrets.TOKEN).hex() }}',
        upper: '{{ upper(secrets.TOKEN) }}',
        lower: '{{ secrets.TOKEN.lowerAscii() }}',
        uri: '{{ encodeUri(secrets.TOKEN) }}',
        json: '{{ json({"a": secrets.TOKEN}) }}',
        twice: '{{ bytes(encodeUri(secrets.TOKEN)).base64() }}',
        replaced: '{{ replace(secrets.PEM, "\\n", " / ") }}',
        lines: '{{ split(secrets.PEM, "\\n") }}',
        joined: '{{ ["a", secrets.TOKEN].join("-") }}',
        key: '{{ {secrets.TOKEN: 1} }}',
      },
    },
  },
  { id: 'say', action: 'log', config: { message: 'with {{ secrets.TOKEN }}', data: { it: '{{ secrets.PEM }}' } } },
  {
    id: 'tell',
    action: 'notification.send',
    config: {
      to: { role: 'finance_manager' },
      title: 'T {{ secrets.PIN }}',
      message: 'M {{ encodeUri(secrets.TOKEN) }}',
    },
  },
  { id: 'child', action: 'workflow.run', config: { workflow: 'child', inputs: { key: '{{ secrets.TOKEN }}' } } },
  {
    id: 'gate',
    action: 'approval.request',
    depends_on: ['go_on', 'say', 'tell', 'child'],
    config: { approvers: { role: 'cfo' }, summary: 'Send {{ secrets.TOKEN }}', details: { key: '{{ secrets.PIN }}' } },
  },
  {
    id: 'ask',
    action: 'form.request',
    config: {
      audience: { role: 'cfo' },
      title: 'About {{ secrets.TOKEN }}',
      instructions: '{{ secrets.PEM }}',
      fields: { a: { type: 'string', description: '{{ secrets.PIN }}' } },
    },
  },
  {
    id: 'hear',
    action: 'wait_for_event',
    config: { event: 'paid', match: { key: '{{ secrets.TOKEN }}' } },
  },
]

function call(id: string, url: string): Step {
  return {
    id,
    action: 'http.request',
    config: { method: 'POST', url, auth: { bearer: '{{ secrets.TOKEN }}' }, body: { pem: '{{ secrets.PEM }}' } },
  }
}

const child: Workflow = {
  name: 'child',
  inputs: { key: { type: 'string' } },
  steps: [{ id: 'noop', action: 'test.noop' }],
}

describe('an execution whose secrets come back', () => {
  test('leaves none in any column of the database, in the log, in events, or in what the command line shows', async () => {
    const echo = await serveEcho()
    const engine = await openEngine(echo.host)
    await engine.save(child)
    const id = await engine.start({ name: 'leaky', steps: steps(echo.url) })
    for (const step of ['gate', 'ask', 'hear']) {
      await engine.seen(id, (event) => event.type === 'step.waiting' && event.step === step)
    }
    await engine.parked(id)
    // It went out as it is.
    const headers = echo.received.map(({ headers: { authorization } }) => authorization)
    expect(headers).toContain(`Bearer ${token}`)
    expect(echo.received.some(({ body }) => body === JSON.stringify({ pem }))).toBe(true)

    const waiting = await dump(database)
    expectNone(waiting)
    for (const table of ['journal', 'approvals', 'forms', 'notifications', 'event_waits', 'executions']) {
      expect(waiting).toMatch(new RegExp(`^${table}\\w* .*\\[secret (TOKEN|PIN|PEM)\\]`, 'm'))
    }
    await engine.signal(id, 'cancel', { by: 'ana' })
    const { execution, events } = await engine.ended(id)
    expect(execution.status).toBe('cancelled')
    expect(events.filter(({ type }) => type === 'step.retrying')).toHaveLength(1)
    expectNone(await dump(database))
    expectNone(JSON.stringify(engine.logs))
    expect(JSON.stringify(engine.logs)).toContain('with [secret TOKEN]')
    expectNone(JSON.stringify(engine.durable))

    const shown = await show(id)
    expect(shown).toContain('[secret TOKEN]')
    expectNone(shown)
  })

  test('also where it fails for it', async () => {
    const echo = await serveEcho()
    const engine = await openEngine(echo.host)
    const { execution } = await engine.run({
      name: 'refused',
      steps: [call('refused', `${echo.url}/refused?a={{ secrets.PIN }}`)],
    })
    expect(execution.failure?.code).toBe('http_refused')
    expectNone(JSON.stringify(execution))
    expectNone(await dump(database))
  })

  test('also where its transactional action fails for it', async () => {
    const engine = await openEngine('127.0.0.1')
    behave('tell it', async ({ config }) => Promise.reject(new Error(`cannot use ${JSON.stringify(config.with)}`)))
    const { execution } = await engine.run({
      name: 'transact',
      steps: [{ id: 'a', action: 'test.transact', config: { as: 'tell it', with: '{{ secrets.TOKEN }}' } }],
    })
    expect(execution.failure?.message).toContain('[secret TOKEN]')
    expectNone(await dump(database))
  })
})

async function show(id: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-secrets-'))
  const keyFile = join(directory, 'key')
  await writeFile(keyFile, databaseKey().toString('base64url'), { mode: 0o600 })
  const { host, port, user, password = '', database: name } = database.address
  const url = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
  const environment = { DATABASE_URL: url, COUNTERSIGN_KEY_FILE: keyFile, COUNTERSIGN_DATA: directory }
  const words = ['executions', 'show', id, '--tenant', tenant.slug]
  const [text, json] = [
    await runOffline(words, { environment }),
    await runOffline([...words, '--json'], { environment }),
  ]
  expect([text.code, json.code, text.err]).toEqual([0, 0, ''])
  return text.out + json.out
}
