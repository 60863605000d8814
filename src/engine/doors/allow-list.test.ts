import { expect, it } from 'vitest'
import { readAllowList } from './allow-list.ts'

it('allows a host on every port, or on the one named', () => {
  const allow = readAllowList(['Intranet.Example.', 'erp.internal:8443'])
  expect(allow.allowsHost('intranet.example', 80)).toBe(true)
  expect(allow.allowsHost('erp.internal', 8443)).toBe(true)
  expect(allow.allowsHost('erp.internal', 443)).toBe(false)
  expect(allow.allowsHost('x.intranet.example', 80)).toBe(false)
})

it('allows addresses in whatever way they are written, and networks', () => {
  const allow = readAllowList([
    '127.0.0.1:8080',
    '[::1]:8080',
    'fd00:0::1',
    '[fd00::2]',
    '10.1.0.0/16',
    'fd12::/32',
    '0x7f.2',
  ])
  expect(allow.allowsAddress('127.0.0.1', 8080)).toBe(true)
  expect(allow.allowsAddress('127.0.0.1', 8081)).toBe(false)
  expect(allow.allowsAddress('127.0.0.2', 1)).toBe(true)
  expect(allow.allowsAddress('::1', 8080)).toBe(true)
  expect(allow.allowsAddress('0:0:0:0:0:0:0:1', 8080)).toBe(true)
  expect(allow.allowsAddress('fd00::1', 443)).toBe(true)
  expect(allow.allowsAddress('fd00::2', 443)).toBe(true)
  expect(allow.allowsAddress('10.1.255.255', 443)).toBe(true)
  expect(allow.allowsAddress('10.2.0.0', 443)).toBe(false)
  expect(allow.allowsAddress('fd12::9', 443)).toBe(true)
  expect(allow.allowsAddress('fd13::9', 443)).toBe(false)
  expect(allow.allowsAddress('fe80::1%eth0', 443)).toBe(false)
})

it('allows nothing when it is empty', () => {
  const allow = readAllowList([])
  expect(allow.allowsHost('localhost', 80)).toBe(false)
  expect(allow.allowsAddress('127.0.0.1', 80)).toBe(false)
})

it.each([
  '',
  'http://intranet.example',
  '10.0.0.0/33',
  '10.0.0.0/',
  'fd00::/129',
  'name/8',
  'a b',
  'user@host',
  'host:port',
  'host:99999',
  '[zz]',
])('refuses the entry "%s" when it is read', (entry) => {
  expect(() => readAllowList([entry])).toThrow(`"${entry}" cannot be allowed. Write a host`)
})
