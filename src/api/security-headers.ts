// What keeps browsers and slow or large senders in bounds: security headers, and the limits of the server.

import type { OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import helmet from '@fastify/helmet'
import { fastify, type FastifyInstance } from 'fastify'
import { problemKinds, type ProblemCode } from '../kernel/problem.ts'

const yearSeconds = 31_536_000

/** Pages load their own scripts only, nobody frames them, and they send forms nowhere else. */
const directives = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  // The reference and the page for signing in have styles of their own in their text.
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
}

/** Await it before anything that answers is added. Browsers are told to insist on TLS only where the public address has it. */
export async function addSecurityHeaders(app: FastifyInstance, { url }: { readonly url: string }): Promise<void> {
  const headers = await headersOfHelmet(url)
  app.addHook('onRequest', (_, reply, done) => {
    void reply.headers(headers)
    done()
  })
}

/** They are the same for every answer. Helmet would work them out for each, so it is asked once. */
async function headersOfHelmet(url: string): Promise<OutgoingHttpHeaders> {
  const asked = fastify()
  await asked.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: url.startsWith('https://') ? { maxAge: yearSeconds, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  })
  let headers: OutgoingHttpHeaders = {}
  asked.addHook('onRequest', (_, { raw }, done) => {
    headers = raw.getHeaders()
    done()
  })
  await asked.inject('/')
  await asked.close()
  return headers
}

/** Beyond it, connections are refused: two thousand streams and those who come and go fit in well. */
const mostConnections = 10_000

export function limitConnections(app: FastifyInstance): void {
  app.server.maxConnections = mostConnections
  app.server.on('checkExpectation', (_, response) => {
    const detail = 'Nothing but "100-continue" can be expected.'
    const body = problemBody('malformed_request', 417, detail)
    response.writeHead(417, { 'content-type': problemType, 'content-length': Buffer.byteLength(body) }).end(body)
  })
}

/**
 * Options for `fastify()`. Who sends headers or a body slowly loses the connection, whoever keeps one open without a
 * request too; nginx and most balancers close theirs after 60 s, and it must be they who do it.
 */
export const serverLimits = {
  bodyLimit: 1_000_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  // Whatever cannot be read as HTTP is answered like everything else.
  clientErrorHandler: answerUnreadable,
  http: { headersTimeout: 10_000, maxHeaderSize: 16_384, connectionsCheckingInterval: 2000 },
}

const unreadable: Readonly<
  Record<string, { readonly code: ProblemCode; readonly status?: number; readonly detail: string }>
> = {
  HPE_HEADER_OVERFLOW: { code: 'payload_too_large', status: 431, detail: 'The headers are larger than 16 kB.' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'malformed_request', status: 408, detail: 'The request was not sent in time.' },
}

function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const problem = unreadable[error.code ?? ''] ?? { code: 'malformed_request', detail: 'This is no HTTP request.' }
  const { code, detail, status = problemKinds[code].status } = problem
  const { title } = problemKinds[code]
  const body = problemBody(code, status, detail)
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

const problemType = 'application/problem+json'

function problemBody(code: ProblemCode, status: number, detail: string): string {
  const { title } = problemKinds[code]
  return JSON.stringify({
    type: `urn:countersign:problem:${code}`,
    title,
    status,
    detail,
    code,
    errors: [{ code, message: detail }],
  })
}
