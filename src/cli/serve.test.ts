import { createServer } from 'node:net'
import { once } from 'node:events'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Desk, openDesk } from './cli.test-kit.ts'

const asks = `name: asks
inputs: { ref: { type: string } }
trigger: { webhook: {} }
steps:
  - id: wait
    action: callback.wait
  - id: done
    action: log
    depends_on: [wait]
    config: { message: 'Got it' }
output: '{{ steps.wait.output.data }}'
`

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})

async function serve(...words: readonly string[]) {
  const running = desk.begin(['serve', ...words])
  const said = await running.says('/ready')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
  return { running, url, said }
}

describe('serve', () => {
  test('says where it is, saves the examples once, and ends gracefully', async () => {
    const { running, url } = await serve()
    expect(await (await fetch(`${url}/ready`)).json()).toEqual({ status: 'ready' })
    const list = (await desk.run(['workflows', 'list'])).out
    expect(list).toMatch(/purchase-order-approval +v1 +active/)
    expect(list).toMatch(/nightly-report +v1 +inactive/)
    // What is critical waits for its people from the first moment on.
    const waiting = (await desk.run(['approvals', 'list'])).out
    expect(waiting).toContain(
      '"Nightly order report", version 1: activate it, switch on its schedule and let it send e-mails',
    )
    expect(waiting).toContain('owner or admin')
    running.interrupt()
    const { code, out, err } = await running.ended
    expect(code).toBe(0)
    expect(out).toMatch(/^Countersign is ready at http:\/\/127\.0\.0\.1:\d+ \(\d/)
    expect(out).toContain('Webhook of incident-webhook, shown only now')
    expect(out).not.toContain('was not saved')
    expect(err).toContain('Ending')
    const again = await serve()
    expect(again.said).not.toContain('shown only now')
    again.running.interrupt()
    await again.running.ended
  })

  test('takes webhooks; run beside it only follows', async () => {
    const { running, url } = await serve('--no-examples')
    const applied = await desk.run(['workflows', 'apply', await desk.file('asks.yaml', asks)], {
      environment: { COUNTERSIGN_URL: url },
    })
    const [hook = ''] = /http\S+/.exec(applied.out) ?? []
    const started = await fetch(hook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"ref":"R1"}',
    })
    expect(started.status).toBe(202)
    const answer: unknown = await started.json()
    expect(answer).toMatchObject({ outcome: 'started' })
    const unknown = await fetch(`${url}/callbacks/nobody`, { method: 'POST' })
    expect(unknown.status).toBe(404)
    const { code, out } = await desk.run(['run', '-', '--json'], {
      input: 'name: beside\nsteps: [{ id: a, action: log, config: { message: Hi } }]',
    })
    expect(code).toBe(0)
    expect(out).toContain('workflow.completed')
    running.interrupt()
    expect((await running.ended).code).toBe(0)
  })

  test('a port that is in use is one sentence, and nothing is opened', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const { code, out, err } = await desk.run(['serve'], { environment: { PORT: String(port) } })
    taken.close()
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toBe(`Port ${port} on 127.0.0.1 is in use. Set PORT to a free one, or end the program that uses it.\n`)
  })

  test('a database that cannot be reached ends it', async () => {
    const { code, err } = await desk.run(['serve'], {
      environment: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    })
    expect(code).toBe(5)
    expect(err).toContain('The database cannot be reached')
  })
})
