// A route as data: one object from which the server, the OpenAPI document and the tests of access are made.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Permission } from '../kernel/access/permissions.ts'
import type { ProblemCode, Result } from '../kernel/problem.ts'
import type { Queryable } from '../record/database.ts'
import type { ApiParts } from './parts.ts'
import type { Principal } from './principal.ts'
import { type Given, parseGiven } from './given.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A permission, or why nobody has to be signed in. */
export type Access = Permission | { readonly open: string }

export interface AnswerShape {
  readonly schema?: z.ZodType
  readonly description: string
  /** Of the body; the schema's own examples when absent. */
  readonly example?: unknown
  /** `application/json` when absent. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Answers = Readonly<Record<number, AnswerShape>>

type BodyOf<S extends AnswerShape> = S['schema'] extends z.ZodType ? z.input<S['schema']> : unknown

/** What a handler returns when nothing went wrong: one of the answers that the route declares. */
export type ReplyTo<A extends Answers> = {
  [Status in keyof A & number]: {
    readonly status: Status
    readonly body?: BodyOf<A[Status]>
    readonly headers?: Readonly<Record<string, string>>
    readonly isShared?: boolean
  }
}[keyof A & number]

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The same object answers many requests: its text is made once. */
  readonly isShared?: boolean
}

/** The handler has taken the connection and answers itself. */
export const hijacked = 'hijacked'

export interface RequestFacts {
  readonly id: string
  /** IP address of the caller. */
  readonly address: string
  /** A valid `traceparent` header (W3C Trace Context). */
  readonly traceparent: string | undefined
  readonly ifMatch: string | undefined
  readonly idempotencyKey: string | undefined
  /** Without its parameters, in lower case. */
  readonly contentType: string
}

/** What is the same for every route. */
export interface CallContext {
  readonly principal: Principal
  /** Sees the principal's tenant only; one transaction, committed when the handler succeeds and rolled back when not. */
  readonly db: Queryable
  readonly parts: ApiParts
  readonly request: RequestFacts
  readonly raw: { readonly request: FastifyRequest; readonly reply: FastifyReply }
}

export interface Call<Params, Query, Body> extends CallContext {
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

interface RouteFacts {
  readonly method: Method
  /** Below `/api/v1`, as in OpenAPI: `/workflows/{name}`. */
  readonly path: `/${string}`
  /** The operation's name in the typed client, such as `listWorkflows`. */
  readonly operation: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly access: Access
  /** Besides those that any route may answer with. */
  readonly problems: readonly ProblemCode[]
  /** Media types of the body besides `application/json`. Those of JSON are parsed; any other arrives as text. */
  readonly bodyTypes?: readonly string[]
  readonly bodyLimit?: number
  /** Of the body, for the document. */
  readonly bodyExample?: unknown
  /**
   * For a POST: `stored` keeps the answer beside what was done and gives it again; `sealed` likewise, encrypted, for an answer
   * that holds a secret; `own` leaves it to the handler. Absent: the header is ignored, and the document does not name it.
   */
  readonly idempotency?: 'stored' | 'sealed' | 'own'
  /** An edit that takes `If-Match`. */
  readonly ifMatch?: 'optional' | 'required'
  /** Requests a minute and caller, where fewer than usual are allowed. */
  readonly mostPerMinute?: number
}

export interface RouteSpec<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends Answers,
> extends RouteFacts {
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly answers: A
  readonly handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Result<ReplyTo<A> | typeof hijacked>>
}

export interface Route extends RouteFacts {
  readonly params: z.ZodType | undefined
  readonly query: z.ZodType | undefined
  readonly body: z.ZodType | undefined
  readonly answers: Answers
  /** Checks what was given against the schemas, all of it at once, and handles it. */
  run(given: Given, context: CallContext): Promise<Result<Reply | typeof hijacked>>
}

export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, const A extends Answers>(
  spec: RouteSpec<P, Q, B, A>,
): Route {
  const { params, query, body, handle, ...facts } = spec
  return {
    ...facts,
    params,
    query,
    body,
    run: async (given, context) => {
      const parsed = parseGiven({ params, query, body }, given)
      return parsed.ok ? handle({ ...context, ...parsed.value }) : parsed
    },
  }
}
