// A route that is open to whoever is not signed in: it has no principal, and whoever asks for one has made a mistake.

import type { z } from 'zod'
import type { Principal } from '../principal.ts'
import { type AnswerShape, type CallContext, route, type Route, type RouteSpec } from '../route.ts'

export function openRoute<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  const A extends Readonly<Record<number, AnswerShape>>,
>(spec: RouteSpec<P, Q, B, A>): Route {
  const made = route(spec)
  return { ...made, run: (given, context) => made.run(given, new OpenContext(context)) }
}

/** The getter stands in the class, where copying an object's own fields does not call it. */
class OpenContext implements CallContext {
  readonly db: CallContext['db']
  readonly parts: CallContext['parts']
  readonly request: CallContext['request']
  readonly raw: CallContext['raw']

  constructor({ db, parts, request, raw }: Omit<CallContext, 'principal'>) {
    this.db = db
    this.parts = parts
    this.request = request
    this.raw = raw
  }

  get principal(): Principal {
    throw new Error('An open route has no principal')
  }
}
