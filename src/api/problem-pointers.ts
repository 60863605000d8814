// Where in the body of a request a problem lies.

import { failed, type Result } from '../kernel/problem.ts'

/** Problems that point into one field of the body, pointed into the body. */
export function pointInto<T>(field: `/${string}`, result: Result<T>): Result<T> {
  if (result.ok) return result
  return failed(
    ...result.problems.map((problem) =>
      problem.code === 'invalid_input' && problem.pointer !== undefined
        ? { ...problem, pointer: `${field}${problem.pointer}` }
        : problem,
    ),
  )
}
