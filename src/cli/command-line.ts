// What every command gets: the terminal, the configuration, and the house opened and closed around its work.

import type { Config } from '../config.ts'
import { type House, type HouseOptions, type Log, openHouse } from '../main.ts'
import { findIdsBetween, type IdentifiedTable } from '../record/id-prefixes.ts'
import { findTenant, type Tenant } from '../record/tenants.ts'
import { demoSlug, ensureDemoTenant } from './demo-tenant.ts'
import type { Exit } from './exit-code.ts'
import { idRange } from './id-prefix.ts'
import { atLeast, createLog } from './log.ts'
import type { RemoteAddress } from './remote/remote-address.ts'
import { Refusal } from './refusal.ts'
import type { Terminal } from './terminal.ts'

export interface CommandLine {
  readonly terminal: Terminal
  /** Reads the environment; throws `ConfigError`. */
  readonly config: () => Config
  /** Says how the command ended. */
  finish(exit: Exit): void
  /** The server that commands work on instead of this machine; throws `Refusal`. */
  readonly remote?: () => RemoteAddress | undefined
}

/** The house, a tenant in it, and the operator's terminal. */
export interface Office {
  readonly house: House
  readonly tenant: Tenant
  readonly terminal: Terminal
}

/** The log of a process that runs for long. */
export function serviceLog({ terminal }: CommandLine, config: Config): Log {
  return createLog({
    level: config.logLevel,
    write: (line) => terminal.complain(line),
    forPeople: terminal.isErrorLive,
    paint: terminal.isErrorLive ? terminal.paint : (_, text) => text,
    now: Date.now,
  })
}

/** The log of a command that answers and ends: warnings only, unless more was asked for by LOG_LEVEL=debug. */
function commandLog(line: CommandLine, config: Config): Log {
  const log = serviceLog(line, config)
  return config.logLevel === 'debug' ? log : atLeast('warn', log)
}

/** Opens the house for one piece of work, and closes it whatever happens. */
export async function withHouse<T>(
  line: CommandLine,
  work: (house: House, config: Config) => Promise<T>,
  options: Partial<HouseOptions> = {},
): Promise<T> {
  const config = line.config()
  const house = await openHouse(config, { log: commandLog(line, config), ...options })
  try {
    return await work(house, config)
  } finally {
    await house.close()
  }
}

export async function withOffice<T>(
  line: CommandLine,
  tenantSlug: string,
  work: (office: Office) => Promise<T>,
  options: Partial<HouseOptions> = {},
): Promise<T> {
  return withHouse(
    line,
    async (house) => work({ house, tenant: await requireTenant(house, tenantSlug), terminal: line.terminal }),
    options,
  )
}

/** The demo tenant is made when it is missing; any other must exist. */
export async function requireTenant(house: House, slug: string): Promise<Tenant> {
  const tenant = slug === demoSlug ? await ensureDemoTenant(house) : await findTenant(house.database.engine, slug)
  if (tenant !== undefined) return tenant
  throw new Refusal('failed', `There is no tenant "${slug}".`, `Leave --tenant away to use "${demoSlug}".`)
}

const nouns: Readonly<Record<IdentifiedTable, string>> = {
  executions: 'execution',
  approvals: 'approval',
  forms: 'form',
}

/** The id that a person means; undefined when nothing in the table begins like this. Throws `Refusal`. */
export async function findId(
  { house, tenant }: Office,
  table: IdentifiedTable,
  typed: string,
): Promise<string | undefined> {
  const range = idRange(typed)
  if (range === undefined) {
    throw new Refusal('usage', `"${typed}" is no id. Type the id or its beginning, at least 8 characters.`)
  }
  const [found, another] = await findIdsBetween(house.database.engine, table, { tenantId: tenant.id, ...range }, 2)
  if (another !== undefined) {
    throw new Refusal('usage', `More than one ${nouns[table]} begins with ${typed}. Type more of the id.`)
  }
  return found
}

export async function requireId(office: Office, table: IdentifiedTable, typed: string): Promise<string> {
  const id = await findId(office, table, typed)
  if (id !== undefined) return id
  throw new Refusal('failed', `There is no ${nouns[table]} ${typed} in the tenant "${office.tenant.slug}".`)
}
