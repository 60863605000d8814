// Who is at the other end: the peer of the connection, or whom proxies that are trusted say they speak for.

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The part of a request that is looked at. */
export interface Connected {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
}

export interface AddressReader {
  /** The IP address of the caller; IPv4 in its own notation. Empty where the connection has none (a Unix socket). */
  readonly addressOf: (request: Connected) => string
  /** Whether the caller speaks HTTPS, as far as a trusted proxy says so. */
  readonly isHttps: (request: Connected) => boolean
}

/** A proxy may name as many hops as this; what is further away is not looked at. */
const mostHops = 32

/**
 * Trusts the proxies at addresses (`10.0.0.7`), in networks (`10.0.0.0/8`, `fd00::/8`) and on this machine (`loopback`).
 * `X-Forwarded-For` is read from its end, where the nearest proxy wrote, and only as far as trusted proxies wrote it: whatever
 * a caller puts there itself stands before that. Throws for anything else in the list, with a sentence.
 */
export function createAddressReader(trusted: readonly string[]): AddressReader {
  const networks = trusted.flatMap((text) => networksOf(text))
  const isTrusted = (address: string): boolean => {
    const parsed = ipaddr.parse(address)
    return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits))
  }
  const peerOf = ({ socket }: Connected): string => plainAddress(socket.remoteAddress ?? '') ?? ''
  return {
    addressOf: (request) => {
      let address = peerOf(request)
      if (networks.length === 0) return address
      const hops = valuesOf(request.headers['x-forwarded-for']).slice(-mostHops)
      while (address !== '' && isTrusted(address)) {
        const before = hopAddress(hops.pop() ?? '')
        if (before === undefined) break
        address = before
      }
      return address
    },
    isHttps: (request) => {
      const peer = peerOf(request)
      if (peer === '' || !isTrusted(peer)) return false
      return valuesOf(request.headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https'
    },
  }
}

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

function networksOf(text: string): Network[] {
  if (text === 'loopback') return [ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('::1/128')]
  const [address = '', bits, ...others] = text.split('/')
  const plain = plainAddress(address)
  if (plain !== undefined && others.length === 0) {
    const network = ipaddr.parse(plain)
    const most = network.kind() === 'ipv4' ? 32 : 128
    if (bits === undefined) return [[network, most]]
    if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) return [[network, Number(bits)]]
  }
  throw new Error(`"${text}" is no trusted proxy. Write an address, a network such as 10.0.0.0/8, or loopback.`)
}

function valuesOf(header: string | string[] | undefined): string[] {
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').flatMap((value) => value.trim() || [])
}

/** Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function hopAddress(text: string): string | undefined {
  const [, bracketed] = /^"?\[([^\]]+)\](?::\d+)?"?$/.exec(text) ?? []
  const [, dotted] = /^(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(text) ?? []
  return plainAddress(bracketed ?? dotted ?? text)
}

/** An address as it is compared and stored: an IPv4 address that IPv6 carries is that address. Undefined for anything else. */
function plainAddress(text: string): string | undefined {
  const [address = ''] = text.split('%')
  const kind = isIP(address)
  // The library also reads what few others read, such as 127.1 and 0x7f000001.
  if (kind === 0) return undefined
  return kind === 4 ? address : ipaddr.process(address).toString()
}
