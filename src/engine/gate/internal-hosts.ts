// Which hosts belong to the company: those of the installation, and those of a tenant's policy.

import { isIP } from 'node:net'
import { canonical, readAllowList } from '../doors/allow-list.ts'

/** Takes the entries of an allow-list. A host is a name or an address with its port: `crm.example:443`, `[fd00::1]:80`. */
export function internalHosts(entries: readonly string[]): (host: string) => boolean {
  if (entries.length === 0) return () => false
  const list = readAllowList(entries)
  return (host) => {
    const end = host.lastIndexOf(':')
    const name = canonical(host.slice(0, end))
    const port = Number(host.slice(end + 1))
    const address = name.replace(/^\[|\]$/g, '')
    return list.allowsHost(name, port) || (isIP(address) !== 0 && list.allowsAddress(address, port))
  }
}

/** As `internalHosts` wants it. */
export function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'http:' ? '80' : '443') : port}`
}
