// The guard of every connection that leaves: names are resolved once, all addresses are checked, and only those are connected to.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { buildConnector } from 'undici'
import { ActionError } from '../../packs/kit.ts'
import { isPublicAddress } from './address.ts'
import { canonical } from './allow-list.ts'
import type { AllowList } from './allow-list.ts'

/** All addresses of a name, IPv4 and IPv6. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** As the operating system resolves, hosts file included. */
export const systemResolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * Connects only to addresses that are public or allowed. It stands where the socket is opened, so nothing opens one past
 * it; and it hands the socket the addresses that it checked, so a name cannot answer differently the second time.
 */
export function guardedConnector(allow: AllowList, resolve: Resolve): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80)
    Promise.all([import('undici'), checkedAddresses(options.hostname, port, allow, resolve)]).then(
      ([undici, addresses]) =>
        undici.buildConnector({ lookup: pinTo(addresses), autoSelectFamily: true, allowH2: false })(options, callback),
      (error: Error) => callback(error, null),
    )
  }
}

/** `autoSelectFamily` asks for all addresses, hence always a list. */
function pinTo(addresses: readonly string[]): LookupFunction {
  const records = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, _options, callback) => callback(null, records)
}

async function checkedAddresses(
  hostname: string,
  port: number,
  allow: AllowList,
  resolve: Resolve,
): Promise<readonly string[]> {
  const host = canonical(hostname)
  const addresses = isIP(hostname) === 0 ? await resolveName(host, resolve) : [hostname]
  const isAllowed =
    allow.allowsHost(host, port) ||
    addresses.every((address) => isPublicAddress(address) || allow.allowsAddress(address, port))
  if (isAllowed) return addresses
  // Says nothing of what the name resolves to: that would map the network behind us for whoever asks.
  throw new ActionError(
    'address_refused',
    `${host} is not on the public internet, so it may not be called. An administrator can allow "${host}:${port}" in the configuration.`,
  )
}

async function resolveName(host: string, resolve: Resolve): Promise<readonly string[]> {
  const addresses = await resolve(host).catch(() => [])
  if (addresses.length > 0) return addresses
  throw new ActionError('http_failed', `The name ${host} could not be resolved. Check how it is spelled.`, {
    retry: true,
  })
}
