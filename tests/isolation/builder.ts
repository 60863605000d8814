// Who makes a world, and how answers are read on the way.

import { setTimeout as pause } from 'node:timers/promises'
import type { memberRoles } from '../../src/kernel/access/permissions.ts'
import type { JsonObject } from '../../src/kernel/json.ts'

export interface Answered {
  readonly status: number
  readonly body: JsonObject
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Builder {
  /** Sends a request with a key, whichever version it meets. */
  send(key: string, method: Method, path: string, body?: unknown): Promise<Answered>
  readonly tenantId: string
  readonly slug: string
  /** By role, without that of agents. */
  readonly members: Readonly<Record<(typeof memberRoles)[number], { readonly id: string; readonly email: string }>>
  keyOf(memberId: string): Promise<{ id: string; text: string }>
}

export type Key = { readonly id: string; readonly text: string }

export function made({ status, body }: Answered, path: string): JsonObject {
  if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(body)}`)
  return body
}

export function textAt(body: JsonObject, name: string): string {
  const { [name]: text } = body
  if (typeof text !== 'string') throw new Error(`There is no "${name}" in ${JSON.stringify(body)}`)
  return text
}

export function madeSilently({ status, body }: Answered, what: string): void {
  if (status !== 204) throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`)
}

const longestMs = 30_000

/** As soon as a list has one. */
export async function firstId({ send }: Builder, key: string, path: string): Promise<string> {
  return until(async () => {
    const { items } = (await send(key, 'GET', path)).body
    const first = Array.isArray(items) ? items[0] : undefined
    return typeof first !== 'object' || first === null || Array.isArray(first) ? undefined : textAt(first, 'id')
  }, `${path} to list something`)
}

export async function until<T>(look: () => Promise<T | undefined>, wanted: string): Promise<T> {
  const deadline = performance.now() + longestMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > deadline) throw new Error(`Waited for ${wanted}`)
    await pause(20)
  }
}
