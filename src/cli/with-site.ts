// Finds out where a command takes effect.

import { validateWorkflow } from '../kernel/definition/validation.ts'
import { classify } from '../kernel/impact/classify.ts'
import { createHouseRegistry } from '../main.ts'
import { type CommandLine, withOffice } from './command-line.ts'
import { localSite } from './local-site.ts'
import { remoteCheck, withRemoteSite } from './remote/remote-site.ts'
import type { Check, Site } from './site.ts'

/** A key belongs to one tenant, so only this machine is told which. */
export async function withSite<T>(line: CommandLine, tenantSlug: string, work: (site: Site) => Promise<T>): Promise<T> {
  const address = line.remote?.()
  if (address !== undefined) return withRemoteSite(address, line.terminal, work)
  return withOffice(line, tenantSlug, (office) => work(localSite(office)))
}

/** Here a definition is checked against all packs and needs no database; a server checks it as its tenant sees it. */
export function checkOf({ config, remote }: CommandLine): Check {
  const address = remote?.()
  if (address !== undefined) return remoteCheck(address)
  const registry = createHouseRegistry([], config().allowHosts)
  const actions = registry.actions(registry.packs().map(({ name }) => name))
  const secrets = new Set(Object.keys(config().secrets))
  const rules = new Map([...actions].map(([name, { impact }]) => [name, impact] as const))
  return async ({ source }) => {
    const { workflow, problems } = validateWorkflow(source, { actions, secrets })
    return workflow === undefined ? { problems } : { problems, impact: classify(workflow, { actions: rules }) }
  }
}
