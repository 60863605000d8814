// Sends a cell's request to the server.

import type { FastifyInstance } from 'fastify'
import type { Cell, Credential } from './cells.ts'

export interface CellAnswer {
  readonly status: number
  readonly body: string
}

const longestMs = 20_000

/** `url` is where the server listens: an answer that does not end is read over a socket, as far as its head. */
export async function sendCell(app: FastifyInstance, url: string, cell: Cell): Promise<CellAnswer> {
  const { route, request, credential } = cell
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => request.params?.[name] ?? '')
  const query = new URLSearchParams(request.query).toString()
  const address = `/api/v1${path}${query === '' ? '' : `?${query}`}`
  const headers = { ...headersOf(credential, url), 'if-match': '*' }
  if (request.streams === true) return head(`${url}${address}`, headers)
  const { statusCode, body } = await app.inject({
    method: route.method,
    url: address,
    headers,
    ...(request.body !== undefined && { payload: JSON.stringify(request.body) }),
    ...(request.body !== undefined && { headers: { ...headers, 'content-type': 'application/json' } }),
  })
  return { status: statusCode, body }
}

async function head(address: string, headers: Record<string, string>): Promise<CellAnswer> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), longestMs)
  try {
    const { status } = await fetch(address, { headers, signal: abort.signal })
    return { status, body: '' }
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

function headersOf(credential: Credential, url: string): Record<string, string> {
  switch (credential.kind) {
    case 'key':
      return { authorization: `Bearer ${credential.text}` }
    case 'cookie':
      return { cookie: credential.text, origin: url }
    case 'none':
      return {}
  }
}
