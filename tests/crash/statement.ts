// Statements as they pass through a worker's connections: their names, the points that they are, and their fence taken out.

import { fence } from '../../src/record/workers.ts'
import type { Point } from './points.ts'

export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
  /** The worker that the statement claims to write for; undefined when it has no fence. */
  readonly writer: string | undefined
}

/** Reads the arguments of `query`, without its callback. */
export function readStatement(given: readonly unknown[]): Statement {
  const [first, second] = given
  const config = typeof first === 'object' && first !== null ? first : { text: first, values: second }
  const text = 'text' in config && typeof config.text === 'string' ? config.text : ''
  const values =
    'values' in config && Array.isArray(config.values) ? config.values : Array.isArray(second) ? second : []
  const name = 'name' in config && typeof config.name === 'string' ? config.name : nameOf(text)
  const [writer] = values
  return { name, text, values, writer: text.includes(fence) && typeof writer === 'string' ? writer : undefined }
}

/** Names of statements that have none in the product. */
function nameOf(text: string): string {
  const verb = /^\s*(begin|commit|rollback)\b/.exec(text)?.[1]
  if (verb !== undefined) return verb
  if (text.includes(`set status = 'dead'`)) return 'mark_dead'
  return /takeovers\s*=\s*\S*takeovers \+/.test(text) ? 'release' : ''
}

/** The points that a statement is, as far as its values tell. */
export function pointsOf({ name, values }: Statement): Point[] {
  switch (name) {
    case 'claim_executions':
      return ['claim']
    case 'claim_limited_executions':
      return ['claim limited']
    case 'mark_dead':
      return ['takeover']
    case 'append_one':
    case 'append_events':
      return ['append']
    case 'append':
    case 'append_mixed': {
      // Whichever way the values are sent, as arrays or as text.
      const words = JSON.stringify(values)
      const isPark = /(?<![.\w])waiting\b/.test(words)
      const isFinish = words.includes('execution.ended')
      return [...(isPark ? (['park'] as const) : []), ...(isFinish ? (['finish'] as const) : [])]
    }
    default:
      return []
  }
}

/** The times at which an append wants its executions to be claimed again. */
export function wakeTimes({ values }: Statement, now: number): number[] {
  const times = JSON.stringify(values).matchAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d{13}\b/g)
  const all = Array.from(times, ([text]) => (text.includes('T') ? Date.parse(text) : Number(text)))
  return all.filter((time) => time > now + 500)
}

/** Whether a name given on the command line means the statement: `append` is all of its forms. */
export function isMeant(name: string | undefined, statement: Statement): boolean {
  return name !== undefined && (statement.name === name || statement.name.startsWith(`${name}_`))
}

/** The statement with a fence that is always open. */
export function withoutFence(statement: Statement): string {
  if (!statement.text.includes(fence)) throw new Error(`The statement ${statement.name} has no fence to take out.`)
  return statement.text.replace(fence, 'fence as materialized (select $1::uuid as id)')
}
