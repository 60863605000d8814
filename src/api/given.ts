// What a request gives, checked against a route's schemas: all that is wrong with it at once.

import { z } from 'zod'
import { demand, type Issue } from '../kernel/definition/schema-wording.ts'
import { failed, ok, type Problem, type Result } from '../kernel/problem.ts'

export interface Given {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

export interface Schemas<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: P | undefined
  readonly query: Q | undefined
  readonly body: B | undefined
}

const nothing = z.strictObject({})

/** An id in the path that cannot be one is an id of nothing: `not_found`. Whatever else is wrong is `invalid_input`. */
export function parseGiven<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  schemas: Schemas<P, Q, B>,
  given: Given,
): Result<{ params: z.output<P>; query: z.output<Q>; body: z.output<B> }> {
  const params = (schemas.params ?? nothing).safeParse(given.params)
  if (!params.success) return failed({ code: 'not_found', message: 'There is nothing of this name or id.' })
  const query = (schemas.query ?? nothing).safeParse(given.query)
  const body = schemas.body?.safeParse(given.body)
  const problems = [
    ...(query.success ? [] : query.error.issues.flatMap((issue) => queryProblems(issue))),
    ...(body === undefined || body.success ? [] : body.error.issues.flatMap((issue) => bodyProblems(issue))),
  ]
  if (problems.length > 0 || !query.success) return failed(...problems)
  return ok({ params: typed<P>(params.data), query: typed<Q>(query.data), body: typed<B>(body?.data) })
}

// A schema that is absent stands for the type that the route was given for it.
function typed<S extends z.ZodType>(value: unknown): z.output<S>
function typed(value: unknown): unknown {
  return value
}

function queryProblems(issue: Issue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => invalid(`The query parameter "${shown(key)}" is not known here.`))
  }
  return [invalid(`The query parameter "${issue.path.join('.')}" ${demand(issue)}.`)]
}

function bodyProblems(issue: Issue): Problem[] {
  const place = issue.path.length === 0 ? 'The body' : `"${issue.path.map((part) => shown(String(part))).join('.')}"`
  const pointer = pointerTo(issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...invalid(`${place} has no field "${shown(key)}".`),
      pointer: pointerTo([...issue.path, key]),
    }))
  }
  return [{ ...invalid(`${place} ${demand(issue)}.`), pointer }]
}

const invalid = (message: string): Problem => ({ code: 'invalid_input', message })

/** What somebody else made up is not repeated at any length. */
function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
