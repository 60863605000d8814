// The people of a house over HTTP: real sessions, real keys, the real database, and a clock that the test moves.

import { randomUUID } from 'node:crypto'
import { fastify, type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { afterAll } from 'vitest'
import { mountAuth } from '../../src/api/access/mount-auth.ts'
import type { OidcConfig } from '../../src/api/access/better-auth.ts'
import { People } from '../../src/api/access/people.ts'
import { readBodies } from '../../src/api/body.ts'
import { mountRoutes } from '../../src/api/mount.ts'
import type { ApiParts } from '../../src/api/parts.ts'
import { answerWithProblems } from '../../src/api/problem-reply.ts'
import { agentRoutes } from '../../src/api/routes/agents.ts'
import { apiKeyRoutes } from '../../src/api/routes/api-keys.ts'
import { councilRoutes } from '../../src/api/routes/councils.ts'
import { invitationRoutes } from '../../src/api/routes/invitations.ts'
import { meRoutes } from '../../src/api/routes/me.ts'
import { memberRoutes } from '../../src/api/routes/members.ts'
import { settingsRoutes } from '../../src/api/routes/settings.ts'
import { signInRoutes } from '../../src/api/routes/sign-in.ts'
import { createApiKey } from '../../src/governance/api-keys.ts'
import type { Letter } from '../../src/governance/people-parts.ts'
import { type MemberRole, memberRoles } from '../../src/kernel/access/permissions.ts'
import { asTenant, type Database } from '../../src/record/database.ts'
import { insertMember, type Member } from '../../src/record/members.ts'
import { insertTenant, type Tenant } from '../../src/record/tenants.ts'
import { databaseKey, newId } from '../setup/database.ts'
import { valueOf } from '../setup/triggers.ts'

export interface PeopledTenant extends Tenant {
  readonly members: Readonly<Record<MemberRole, Member>>
}

export interface AccessHouse {
  readonly app: FastifyInstance
  readonly people: People
  readonly database: Database
  readonly url: string
  readonly letters: Letter[]
  readonly lines: string[]
  now(): number
  moveClock(ms: number): void
  /** A tenant with a member of each role, whose addresses nobody else has. */
  tenant(): Promise<PeopledTenant>
  /** Signs a member in by a link, and returns the cookie. */
  cookieOf(member: Member): Promise<string>
  keyOf(member: Member): Promise<string>
  send(
    as: string | undefined,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
    headers?: object,
  ): Promise<LightMyRequestResponse>
}

const routes = [
  ...meRoutes,
  ...memberRoutes,
  ...invitationRoutes,
  ...agentRoutes,
  ...apiKeyRoutes,
  ...councilRoutes,
  ...settingsRoutes,
  ...signInRoutes,
]

interface HouseOptions {
  readonly url?: string
  readonly oidc?: OidcConfig
  readonly withMail?: boolean
}

/** Call it at the top of a file; it closes after the file's last test. */
export async function openAccessHouse(database: Database, options: HouseOptions = {}): Promise<AccessHouse> {
  const { url = 'http://127.0.0.1:4000', oidc, withMail = true } = options
  const letters: Letter[] = []
  const lines: string[] = []
  let offset = 0
  const now = (): number => Date.now() + offset
  const people = new People({
    database,
    now,
    newId,
    key: databaseKey(),
    url,
    oidc,
    post: withMail ? (letter) => void letters.push(letter) : undefined,
    log: (level, message, detail) => void lines.push(`${level} ${message} ${JSON.stringify(detail)}`),
  })
  const app = fastify({ logger: false, genReqId: () => randomUUID() })
  readBodies(app, [])
  answerWithProblems(app, (_, message, detail) => void lines.push(`error ${message} ${JSON.stringify(detail)}`))
  // These routes take nothing else of the house.
  const parts: ApiParts = Object.assign(Object.create(null), { database, now, newId, url, key: databaseKey(), people })
  const addressOf = () => '203.0.113.7'
  await mountAuth(app, { people: () => people, addressOf })
  await app.register(
    async (api) => {
      const authenticate = ({ method, headers, id }: { method: string; headers: object; id: string }) =>
        people.authenticator.authenticate({ method, headers: { ...headers }, address: addressOf(), requestId: id })
      mountRoutes(api, routes, { parts: () => parts, authenticate, addressOf, checksAnswers: true })
    },
    { prefix: '/api/v1' },
  )
  afterAll(async () => {
    await app.close()
    await people.close()
  })
  const send: AccessHouse['send'] = (as, method, path, body, headers = {}) =>
    app.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        ...(as?.startsWith('cs_') === true && { authorization: `Bearer ${as}` }),
        ...(as?.startsWith('cs_') === false && { cookie: as, origin: url }),
        ...headers,
      },
      ...(body !== undefined && { payload: body }),
    })
  return {
    app,
    people,
    database,
    url,
    letters,
    lines,
    now,
    moveClock: (ms) => (offset += ms),
    tenant: () => peopledTenant(database),
    cookieOf: async ({ email, name }) => {
      const link = await people.signIn.makeLink(email, name)
      const signedIn = await people.signIn.withLink({ headers: {}, address: newId(), requestId: '' }, tokenOf(link))
      return people.sessionCookieOf(valueOf(signedIn)) ?? ''
    },
    keyOf: (member) => keyOf(database, member),
    send,
  }
}

/** What stands behind the last `=` of a link. */
export const tokenOf = (link: string): string => link.slice(link.lastIndexOf('=') + 1)

async function peopledTenant({ engine }: Database): Promise<PeopledTenant> {
  const id = newId()
  const createdAt = new Date()
  const tenant = { id, slug: `t-${id}`, name: 'Acme', packs: ['core'], createdAt }
  await insertTenant(engine, tenant)
  const made = new Map<MemberRole, Member>()
  for (const role of memberRoles) {
    const facts = {
      tenantId: id,
      id: newId(),
      email: `${role}@${id}.example`,
      name: `The ${role}`,
      approverRoles: [],
      createdAt,
    }
    made.set(role, await insertMember(engine, { ...facts, role }))
  }
  const member = (role: MemberRole): Member => {
    const found = made.get(role)
    if (found === undefined) throw new Error(`No ${role}`)
    return found
  }
  const [owner, admin, builder, operator, viewer] = memberRoles.map(member)
  if (!owner || !admin || !builder || !operator || !viewer) throw new Error('A role is missing')
  return { ...tenant, members: { owner, admin, builder, operator, viewer } }
}

async function keyOf(database: Database, member: Member): Promise<string> {
  const { tenantId, id, name, role } = member
  const actor = { tenantId, kind: 'member', id, name, role, channel: 'cli', address: null, requestId: null } as const
  const request = { name: 'test', scopes: null, expiresAt: null }
  const made = await asTenant(database, tenantId, (client) =>
    createApiKey({ now: Date.now, newId }, client, actor, { memberId: id }, request),
  )
  return valueOf(made).text
}
