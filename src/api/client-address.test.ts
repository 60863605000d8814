import { describe, expect, test } from 'vitest'
import { createAddressReader } from './client-address.ts'

function from(peer: string | undefined, forwarded?: string | string[], proto?: string) {
  return { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded, 'x-forwarded-proto': proto } }
}

describe('the address of a caller', () => {
  test.each([
    ['203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['127.0.0.1', '1.2.3.4', '127.0.0.1'],
    ['::ffff:127.0.0.1', '1.2.3.4', '127.0.0.1'],
    [undefined, '1.2.3.4', ''],
    ['fe80::1%eth0', undefined, 'fe80::1'],
  ])('without trusted proxies is that of the peer %s, whatever it says (%s)', (peer, forwarded, address) => {
    expect(createAddressReader([]).addressOf(from(peer, forwarded))).toBe(address)
  })

  const { addressOf } = createAddressReader(['loopback', '10.0.0.0/8', '192.0.2.7', 'fd00::/8'])
  test.each([
    ['a spoofed header of a stranger is ignored', '203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['a proxy on this machine is believed', '127.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['also over IPv6', '::1', '2001:db8::5', '2001:db8::5'],
    ['and by its mapped address', '::ffff:10.1.2.3', '1.2.3.4', '1.2.3.4'],
    ['a single address is one proxy', '192.0.2.7', '1.2.3.4', '1.2.3.4'],
    ['its neighbour is none', '192.0.2.8', '1.2.3.4', '192.0.2.8'],
    ['what the caller wrote itself stands before what the proxy wrote', '10.0.0.1', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['several trusted hops are walked through', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.9.9.9, fd00::7', '1.2.3.4'],
    ['who is trusted all the way is its own client', '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['without the header it is the proxy', '10.0.0.1', undefined, '10.0.0.1'],
    ['a mapped address in the header is the address', '10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4'],
    ['ports are left out', '10.0.0.1', '1.2.3.4:5678', '1.2.3.4'],
    ['also of IPv6', '10.0.0.1', '[2001:db8::5]:443', '2001:db8::5'],
    ['garbage ends the walk', '10.0.0.1', '1.2.3.4, garbage', '10.0.0.1'],
    ['so do legacy notations', '10.0.0.1', '127.1', '10.0.0.1'],
    ['and a number', '10.0.0.1', '2130706433', '10.0.0.1'],
    ['and `unknown`', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['empty entries are none', '10.0.0.1', ' , 1.2.3.4 , ', '1.2.3.4'],
  ])('%s', (_, peer, forwarded, address) => {
    expect(addressOf(from(peer, forwarded))).toBe(address)
  })

  test('several headers are one list, and an endless one is not walked to its end', () => {
    expect(addressOf(from('10.0.0.1', ['6.6.6.6', '1.2.3.4, 10.0.0.2']))).toBe('1.2.3.4')
    const endless = `1.2.3.4,${'10.0.0.2,'.repeat(100_000)}`
    expect(addressOf(from('10.0.0.1', endless))).toBe('10.0.0.2')
  })
})

test('a trusted proxy, and only that, says that the caller speaks HTTPS', () => {
  const { isHttps } = createAddressReader(['loopback'])
  expect(isHttps(from('127.0.0.1', undefined, 'https'))).toBe(true)
  expect(isHttps(from('127.0.0.1', undefined, 'http, HTTPS'))).toBe(true)
  expect(isHttps(from('127.0.0.1', undefined, 'https, http'))).toBe(false)
  expect(isHttps(from('127.0.0.1'))).toBe(false)
  expect(isHttps(from('203.0.113.9', undefined, 'https'))).toBe(false)
  expect(isHttps(from(undefined, undefined, 'https'))).toBe(false)
})

test.each(['', 'everyone', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '127.1', 'proxy.example', '*'])(
  'a proxy that is written as %j is refused',
  (text) => {
    expect(() => createAddressReader([text])).toThrow(`"${text}" is no trusted proxy.`)
  },
)

test.each(['0.0.0.0/0', '::/0', '::ffff:10.0.0.1'])('%s is a network or an address', (text) => {
  expect(() => createAddressReader([text])).not.toThrow()
})
