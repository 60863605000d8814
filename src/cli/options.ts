// Options that several commands share, and how their values are read.

import { InvalidArgumentError, Option } from 'commander'
import { demoSlug } from './demo-tenant.ts'

export interface TenantOption {
  readonly tenant: string
}

export const tenantOption = (): Option => new Option('--tenant <slug>', 'the tenant to work in').default(demoSlug)

export const asOption = (): Option =>
  new Option('--as <email>', 'decide as this member; else as those who may and have not yet')

export const reasonOption = (): Option => new Option('--reason <text>', 'why')

export const followOption = (): Option => new Option('--follow', 'follow the execution afterwards')

export const noFollowOption = (): Option =>
  new Option('--no-follow', 'leave the execution to a worker that comes later')

export const jsonOption = (): Option => new Option('--json', 'print JSON')

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

const mostRows = 1000

export function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostRows) return limit
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostRows}.`)
}
