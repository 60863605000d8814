// Which IP addresses are public unicast; everything else is refused unless the configuration allows it.

import { BlockList, isIP } from 'node:net'

/** IANA IPv4 Special-Purpose Address Registry (RFC 6890) and multicast; and Azure's host channel, which looks public. */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared by carriers (RFC 6598); Alibaba's metadata
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure
  ['169.254.0.0', 16], // link-local; metadata of most clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24], // protocol assignments; Oracle's metadata
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16],
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const

/** The one block that global unicast is given out of (RFC 4291); mapped, translated, local and multicast ones lie outside. */
const global6 = subnets([['2000::', 3]], 'ipv6')

const special6 = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address in disguise
  ['3fff::', 20], // documentation
] as const

const refused4 = subnets(special4, 'ipv4')
const refused6 = subnets(special6, 'ipv6')

/** Whether the text is an IP address of the public internet. Anything that is no plain IP address is not. */
export function isPublicAddress(address: string): boolean {
  if (address.includes('%')) return false
  const version = isIP(address)
  if (version === 4) return !refused4.check(address, 'ipv4')
  return version === 6 && global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6') && !isIsatap(address)
}

/** An interface id of 0000:5efe or 0200:5efe carries an IPv4 address (RFC 5214), whatever the network before it. */
function isIsatap(address: string): boolean {
  const { hostname } = new URL(`http://[${address}]`)
  return /:(0|200)?:?5efe:[0-9a-f]{1,4}:[0-9a-f]{1,4}\]$/.test(hostname)
}

function subnets(list: readonly (readonly [string, number])[], type: 'ipv4' | 'ipv6'): BlockList {
  const blocks = new BlockList()
  for (const [network, prefix] of list) blocks.addSubnet(network, prefix, type)
  return blocks
}
