// The internal targets that the configuration allows: hosts, hosts with a port, addresses and networks.

import { BlockList, isIP } from 'node:net'

export interface AllowList {
  /** Whether this name may be called whatever it resolves to. */
  allowsHost(host: string, port: number): boolean
  /** Whether this address may be called by whatever name. */
  allowsAddress(address: string, port: number): boolean
}

/**
 * Reads entries such as `intranet.example`, `intranet.example:8443`, `10.1.2.3:80`, `[fd00::1]:80`, `10.1.0.0/16`.
 * Throws for an entry that cannot be read.
 */
export function readAllowList(entries: readonly string[]): AllowList {
  const networks = new BlockList()
  const targets = new Set<string>()
  for (const entry of entries) {
    if (entry.includes('/')) addNetwork(networks, entry)
    else targets.add(readTarget(entry))
  }
  const names = (host: string, port: number) => targets.has(host) || targets.has(`${host}:${port}`)
  return {
    allowsHost: names,
    allowsAddress: (address, port) => names(canonical(address), port) || networks.check(address, family(address)),
  }
}

/** A host as it is compared: lower case, no dot at the end, IPv6 in brackets and in its shortest form. */
export function canonical(host: string): string {
  const parsed = URL.parse(`http://${isIP(host) === 6 ? `[${host}]` : host}`)
  return (parsed?.hostname ?? host).replace(/\.$/, '')
}

function readTarget(entry: string): string {
  const text = isIP(entry) === 6 ? `[${entry}]` : entry.trim()
  const [, host, port] = /^(\[[^\]]+\]|[^\s:@?#\\]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  if (host === undefined || !URL.canParse(`http://${text}`)) throw unreadable(entry)
  return port === undefined ? canonical(host) : `${canonical(host)}:${Number(port)}`
}

function addNetwork(networks: BlockList, entry: string): void {
  const [network = '', prefix = ''] = entry.trim().split('/')
  const longest = isIP(network) === 6 ? 128 : 32
  if (isIP(network) === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) throw unreadable(entry)
  networks.addSubnet(network, Number(prefix), family(network))
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

function unreadable(entry: string): Error {
  return new Error(
    `"${entry}" cannot be allowed. Write a host (intranet.example), a host and port (intranet.example:8443) or a network (10.1.0.0/16).`,
  )
}
