// Reads a response body up to a limit, which counts after decompression.

import { pipeline } from 'node:stream'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { ActionError } from '../../packs/kit.ts'

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

/**
 * `encoding` is the content-encoding header. Throws `http_refused` for a body that is encoded in another way, and for one that
 * is too large unless it is to be cut.
 */
export async function readLimited(
  body: Readable,
  encoding: string | undefined,
  maxBytes: number,
  cuts = false,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop early destroys the decoder, the body and its connection.
  for await (const chunk of decoded(body, encoding)) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a body is made of bytes')
    size += chunk.length
    if (size > maxBytes && !cuts) throw tooLarge(maxBytes)
    chunks.push(chunk)
    if (size > maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes)
}

export function tooLarge(maxBytes: number): ActionError {
  return new ActionError(
    'http_refused',
    `The response is larger than ${maxBytes} bytes. Ask for less, or raise max_bytes.`,
  )
}

function decoded(body: Readable, encoding = 'identity'): Readable {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  const decoder = decoders.get(name)
  if (decoder !== undefined) return pipeline(body, decoder(), () => {})
  // Closing an unread body would be an error nobody listens to.
  body.on('error', () => {}).destroy()
  throw new ActionError(
    'http_refused',
    `The response is encoded as "${name}", which cannot be read. gzip, deflate and br can.`,
  )
}
