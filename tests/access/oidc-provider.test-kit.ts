// A provider of OpenID Connect on a local port: discovery, authorization code with PKCE, signed ID tokens, user info.

import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface Person {
  readonly sub: string
  readonly email: string
  readonly email_verified: boolean
  readonly name: string
}

export interface OidcProvider {
  readonly issuer: string
  /** Whoever comes next is this person. */
  person: Person
  /** What the next ID tokens say besides; undefined takes a claim away. */
  claims: Readonly<Record<string, unknown>>
  /** The next ID tokens are signed by somebody else. */
  isForged: boolean
  /** Tokens that were handed out. */
  readonly handedOut: string[]
  close(): Promise<void>
}

interface Grant {
  readonly challenge: string
  readonly nonce: string | null
  readonly redirectUri: string
  readonly person: Person
}

export const client = { clientId: 'countersign', clientSecret: 'a secret of the client' }

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export async function startOidcProvider(): Promise<OidcProvider> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const grants = new Map<string, Grant>()
  const people = new Map<string, Person>()
  const state = {
    issuer: '',
    person: { sub: 'nobody', email: 'nobody@example.com', email_verified: true, name: 'Nobody' },
    claims: {},
    isForged: false,
    handedOut: new Array<string>(),
  }
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }

  const idToken = ({ person, nonce }: Grant): string => {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: state.issuer,
      aud: client.clientId,
      iat: now,
      exp: now + 60,
      nonce,
      ...person,
      ...state.claims,
    }
    const text = `${encode({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${encode(claims)}`
    const key = state.isForged ? stranger.privateKey : privateKey
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
  }

  const authorize = (url: URL, reply: ServerResponse): void => {
    const ask = (name: string): string => url.searchParams.get(name) ?? ''
    if (ask('code_challenge_method') !== 'S256' || ask('client_id') !== client.clientId)
      return void reply.writeHead(400).end()
    const code = randomUUID()
    const redirectUri = ask('redirect_uri')
    grants.set(code, {
      challenge: ask('code_challenge'),
      nonce: url.searchParams.get('nonce'),
      redirectUri,
      person: state.person,
    })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    back.searchParams.set('state', ask('state'))
    reply.writeHead(302, { location: back.href }).end()
  }

  const exchange = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const form = new URLSearchParams(body)
    const basic = `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`
    const isClient = form.get('client_secret') === client.clientSecret || request.headers.authorization === basic
    const grant = grants.get(form.get('code') ?? '')
    grants.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight = grant?.challenge === challenge && grant.redirectUri === form.get('redirect_uri')
    if (!isClient || grant === undefined || !isRight) return void reply.writeHead(400).end('{"error":"invalid_grant"}')
    const tokens = {
      access_token: `access-${randomUUID()}`,
      refresh_token: `refresh-${randomUUID()}`,
      id_token: idToken(grant),
    }
    people.set(tokens.access_token, grant.person)
    state.handedOut.push(...Object.values(tokens))
    reply
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...tokens, token_type: 'Bearer', expires_in: 60 }))
  }

  const server = createServer((request, reply) => {
    const url = new URL(request.url ?? '/', state.issuer)
    const json = (body: unknown) =>
      reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/.well-known/openid-configuration') return void json(discovery(state.issuer))
    if (url.pathname === '/jwks') return void json({ keys: [jwk] })
    if (url.pathname === '/authorize') return authorize(url, reply)
    if (url.pathname === '/token') return void exchange(request, reply)
    if (url.pathname === '/userinfo') return void json(people.get(request.headers.authorization?.slice(7) ?? '') ?? {})
    reply.writeHead(404).end()
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  state.issuer = `http://127.0.0.1:${address.port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
  return Object.assign(state, { close })
}

function discovery(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  }
}
