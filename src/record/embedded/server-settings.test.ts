// The command line that a server is started with.

import { expect, it } from 'vitest'
import { serverArguments } from './server-settings.ts'

it('settings win over the defaults but not over the address', () => {
  const given = { jit: 'on', listen_addresses: '*' }
  const args = serverArguments('/data/cluster', { socketDir: '/a "b", c', port: 5432 }, given, 'linux')
  expect(args.slice(0, 2)).toEqual(['-D', '/data/cluster'])
  expect(args).toContain('jit=on')
  expect(args).toContain('listen_addresses=')
  expect(args).toContain('unix_socket_directories="/a ""b"", c"')
  expect(args).toContain('port=5432')
})

it('Windows listens on the loopback address alone', () => {
  const args = serverArguments('C:\\data', { socketDir: '', port: 50_001 }, {}, 'win32')
  expect(args).toContain('listen_addresses=127.0.0.1')
  expect(args).toContain('unix_socket_directories=')
  expect(args).toContain('port=50001')
})
