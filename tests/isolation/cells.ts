// The cells of the matrix: an operation, who asks, and whose objects the request names; and what each must answer.

import { may, type Role, roles } from '../../src/kernel/access/permissions.ts'
import type { Route } from '../../src/api/route.ts'
import { furtherSamples } from './further-requests.ts'
import { samples, type SampleRequest } from './requests.ts'
import { counterparts, type World } from './world.ts'

export interface Cell {
  readonly name: string
  readonly route: Route
  readonly request: SampleRequest
  readonly credential: Credential
  /** Whether an answer is what it must be. */
  fits(status: number, body: string): boolean
  readonly wanted: string
}

export type Credential =
  | { readonly kind: 'key'; readonly text: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'cookie'; readonly text: string }

export interface DeadCredentials {
  /** A key that was revoked, and one that has expired. */
  readonly revokedKey: string
  readonly expiredKey: string
  /** A session that has expired. */
  readonly expiredSession: string
}

export function cellsOf(routes: readonly Route[], own: World, foreign: World, dead: DeadCredentials): Cell[] {
  return routes.flatMap((route) => {
    const { access } = route
    if (typeof access === 'object') return []
    const asked = roles.flatMap((role) => samplesOf(route, own, role).map((request) => ({ role, request })))
    return [
      ...asked.flatMap(({ role, request }) => [
        ownCell(route, role, own, request),
        ...foreignCells(route, role, { own, foreign, request }),
      ]),
      ...deadCells(route, own, dead),
    ]
  })
}

function sampleOf({ operation }: Route, world: World, role: Role): SampleRequest {
  const sample = samples[operation]
  if (sample === undefined) throw new Error(`tests/isolation/requests.ts has no request for ${operation}`)
  return sample(world, role)
}

function samplesOf(route: Route, world: World, role: Role): SampleRequest[] {
  const further = furtherSamples[route.operation] ?? []
  return [sampleOf(route, world, role), ...further.map((sample) => sample(world, role))]
}

function ownCell(route: Route, role: Role, own: World, request: SampleRequest): Cell {
  const allowed = isAllowed(route, role)
  const instead = request.instead?.[role]
  return {
    name: `${route.operation} as ${role}, own ${JSON.stringify(request.params ?? {})}`,
    ...{ route, request },
    credential: { kind: 'key', text: own.keys[role].text },
    wanted: allowed ? String(instead ?? 'success') : '403',
    fits: (status) => (allowed ? (instead === undefined ? status < 300 : status === instead) : status === 403),
  }
}

interface Swapping {
  readonly own: World
  readonly foreign: World
  readonly request: SampleRequest
}

/** One for each object that the request names. */
function foreignCells(route: Route, role: Role, { own, foreign, request }: Swapping): Cell[] {
  if (request.namesFreely === true) return []
  const refused = !isAllowed(route, role)
  const missing = request.foreign ?? 404
  return counterparts(own, foreign).flatMap(([mine, theirs]) => {
    const swapped = swap(request, mine, theirs)
    if (swapped === undefined) return []
    const inQuery = JSON.stringify(request.query ?? {}).includes(mine)
    return {
      name: `${route.operation} as ${role}, foreign ${mine}`,
      route,
      request: swapped,
      credential: { kind: 'key', text: own.keys[role].text } as const,
      wanted: refused ? '403' : `${missing}${inQuery ? ' or an empty list' : ''}`,
      fits: (status: number, body: string) =>
        refused ? status === 403 : status === missing || (inQuery && status === 200 && body.includes('"items":[]')),
    }
  })
}

function deadCells(route: Route, own: World, dead: DeadCredentials): Cell[] {
  const credentials: readonly (readonly [string, Credential])[] = [
    ['nobody', { kind: 'none' }],
    ['a revoked key', { kind: 'key', text: dead.revokedKey }],
    ['an expired key', { kind: 'key', text: dead.expiredKey }],
    ['an expired session', { kind: 'cookie', text: dead.expiredSession }],
  ]
  const request = sampleOf(route, own, 'owner')
  return credentials.map(([who, credential]) => ({
    name: `${route.operation} as ${who}`,
    ...{ route, request, credential },
    wanted: '401',
    fits: (status) => status === 401,
  }))
}

const isAllowed = ({ access }: Route, role: Role): boolean => typeof access === 'string' && may(role, access)

/** The request with another text for one that stands in it; undefined when it does not. */
function swap(request: SampleRequest, mine: string, theirs: string): SampleRequest | undefined {
  const { params, query, body } = request
  const text = JSON.stringify({ params, query, body })
  if (!text.includes(mine)) return undefined
  const swapped: Pick<SampleRequest, 'params' | 'query' | 'body'> = JSON.parse(text.replaceAll(mine, theirs))
  return { ...request, ...swapped }
}
