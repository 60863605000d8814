// What the types of the client refuse. `tsc` is the test: an error that is expected and does not come is an error.

import { expect, test } from 'vitest'
import { createClient, type Client } from '../../src/client/client.ts'

/** Never called: it only has to compile. */
export async function refused(client: Client): Promise<void> {
  // @ts-expect-error -- there is no such path
  await client.GET('/workflow')
  // @ts-expect-error -- the path takes no such method
  await client.DELETE('/workflows')
  // @ts-expect-error -- the path needs its parameter
  await client.GET('/workflows/{name}')
  // @ts-expect-error -- a filter that does not exist
  await client.GET('/workflows', { params: { query: { state: 'active' } } })
  // @ts-expect-error -- a status that does not exist
  await client.GET('/workflows', { params: { query: { status: 'on' } } })
  // @ts-expect-error -- the body has no such field
  await client.POST('/executions', { body: { workflow: 'a', input: {} } })
  // @ts-expect-error -- a field of the body is missing
  await client.POST('/executions', { body: { inputs: {} } })
  // @ts-expect-error -- a required header is missing
  await client.PUT('/workflows/{name}', { params: { path: { name: 'a' } }, body: { source: '' } })
  const { data } = await client.GET('/workflows')
  // @ts-expect-error -- the answer has no such field
  data.items.map(({ names }) => names)
  // @ts-expect-error -- a list has no body to send
  await client.GET('/workflows', { body: {} })
}

/** And what they take. */
export async function taken(client: Client): Promise<readonly string[]> {
  const { data, response } = await client.GET('/workflows/{name}', { params: { path: { name: 'a' } } })
  const header = { 'If-Match': response.headers.get('etag') ?? '*' }
  await client.PUT('/workflows/{name}', { params: { path: { name: 'a' }, header }, body: 'name: a' })
  const nothing: undefined = (await client.DELETE('/workflows/{name}', { params: { path: { name: 'a' } } })).data
  const kinds: readonly ('manual' | 'event' | 'schedule' | 'webhook' | 'workflow')[] = data.trigger_kinds
  return [...kinds, data.definition.steps[0]?.action ?? '', String(nothing)]
}

test('the client has the methods of the API', () => {
  expect(Object.keys(createClient({ url: 'http://127.0.0.1:4000' }))).toEqual([
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'follow',
  ])
})
