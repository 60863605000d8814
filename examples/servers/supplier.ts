// The supplier of supplier-callback.yaml: takes a request for a quote, answers 202, and posts the quote to callback_url when it
// is ready. Run it: npx node examples/servers/supplier.ts

import { setTimeout as pause } from 'node:timers/promises'
import { announce, field, listen, type RunningServer } from './listen.ts'

interface Quote {
  readonly [field: string]: number
}

/** `deliver` posts the quote; tests hand in their own. */
export function startSupplier(
  port = 4803,
  deliver: (url: string, quote: Quote) => Promise<void> = post,
): Promise<RunningServer> {
  const asked = new Set<string | undefined>()
  return listen(port, ({ path, body, idempotencyKey }) => {
    const callbackUrl = field(body, 'callback_url')
    if (path !== '/quotes' || callbackUrl === '') return { status: 400, body: { error: 'callback_url is missing' } }
    // A second attempt of the same step carries the same key: the quote is already on its way.
    if (!asked.has(idempotencyKey)) void deliver(callbackUrl, { price: 12.25, days: 4 })
    asked.add(idempotencyKey)
    return { status: 202, body: { accepted: true } }
  })
}

/** The receiver may still be starting, so it is tried for a while. */
async function post(url: string, quote: Quote): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    await pause(1000)
    const said = await send(url, quote)
    process.stdout.write(`quote → ${said}\n`)
    if (said === 202) return
  }
}

async function send(url: string, quote: Quote): Promise<number | string> {
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(quote) }).then(
    ({ status }) => status,
    () => 'nobody answers',
  )
}

if (import.meta.main) announce(await startSupplier())
