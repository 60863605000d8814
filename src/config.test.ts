// What the configuration promises about how long executions are kept.

import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

test('without a retention everything is kept; an empty one counts as none', () => {
  expect(readConfig({}).retentionMs).toBeUndefined()
  expect(readConfig({ COUNTERSIGN_RETENTION: '' }).retentionMs).toBeUndefined()
})

test.each([
  ['90d', 90],
  ['26w', 182],
  ['P30D', 30],
  ['1d', 1],
])('a retention of %s is one of %i days', (text, days) => {
  expect(readConfig({ COUNTERSIGN_RETENTION: text }).retentionMs).toBe(days * 86_400_000)
})

test.each(['23h', '0d', '90', '3 months', '90 d'])('a retention of %s stops the start and says what one is', (text) => {
  expect(() => readConfig({ COUNTERSIGN_RETENTION: text })).toThrow(
    new ConfigError('COUNTERSIGN_RETENTION: must be a duration of 1d or more, such as 90d.'),
  )
})

test('the other durations keep their defaults and their message', () => {
  expect(readConfig({})).toMatchObject({ leaseMs: 6000, pollMs: 1000, drainMs: 30_000 })
  expect(() => readConfig({ COUNTERSIGN_LEASE: '0s' })).toThrow('COUNTERSIGN_LEASE: must be a duration such as 30s.')
})

test('single sign-on needs all of its three variables, or none', () => {
  const given = { OIDC_ISSUER: 'https://id.example.com', OIDC_CLIENT_ID: 'c', OIDC_CLIENT_SECRET: 's' }
  expect(readConfig({}).oidc).toBeUndefined()
  expect(readConfig(given).oidc).toEqual({
    issuer: 'https://id.example.com',
    clientId: 'c',
    clientSecret: 's',
    name: 'single sign-on',
  })
  expect(readConfig({ ...given, OIDC_NAME: 'Acme ID' }).oidc).toMatchObject({ name: 'Acme ID' })
  expect(() => readConfig({ OIDC_ISSUER: 'https://id.example.com' })).toThrow(
    'OIDC_CLIENT_ID: is needed for single sign-on.\nOIDC_CLIENT_SECRET: is needed for single sign-on.',
  )
})
