import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { ConfigError } from '../config.ts'
import { exitCodeHelp, exitCodes } from './exit-code.ts'
import { failureOf, Refusal, refusalOf } from './refusal.ts'

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })

test('every exit code is its own, and the help names each', () => {
  const codes = Object.values(exitCodes).map(({ code }) => code)
  expect(new Set(codes).size).toBe(codes.length)
  for (const code of codes) expect(exitCodeHelp()).toContain(`  ${code} `)
})

test('a refusal keeps its exit code and its hint', () => {
  expect(failureOf(new Refusal('waiting', 'Wait.', 'Ask Ana.'))).toEqual({
    code: 3,
    message: 'Wait.',
    hint: 'Ask Ana.',
  })
  expect(failureOf(new Refusal('failed', 'No.'))).toEqual({ code: 1, message: 'No.' })
})

test('problems become one refusal that says them all', () => {
  const refusal = refusalOf([
    { code: 'invalid_input', message: 'The input `a` is missing.', hint: 'Give it.' },
    { code: 'invalid_input', message: 'The input `b` is missing.' },
  ])
  expect(failureOf(refusal)).toEqual({
    code: 1,
    message: 'The input `a` is missing. Give it.\nThe input `b` is missing.',
  })
  expect(failureOf(refusalOf([{ code: 'unavailable', message: 'Later.' }])).code).toBe(5)
})

test('what commander has printed is not said again', () => {
  expect(failureOf(new CommanderError(0, 'commander.help', ''))).toEqual({ code: 0, message: '' })
  expect(failureOf(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({ code: 2, message: '' })
})

test('a wrong environment is a wrong use', () => {
  expect(failureOf(new ConfigError('PORT: must be a number.'))).toEqual({ code: 2, message: 'PORT: must be a number.' })
})

test.each([
  [coded('ECONNREFUSED', ''), 'The database cannot be reached'],
  [coded('28P01', 'password authentication failed'), 'The database refuses the connection'],
  [coded('57P01', 'terminating connection'), 'The database went away'],
  [new Error('Connection terminated unexpectedly'), 'The database went away'],
  [
    new Error('The database was migrated by a newer release (0009_x.sql).'),
    'The database was migrated by a newer release',
  ],
  [new Error('The key file /k does not hold a key.'), 'The key file'],
])('%s says that the database is at fault', (error, said) => {
  const failure = failureOf(error)
  expect(failure.code).toBe(5)
  expect(failure.message).toContain(said)
})

test("the embedded server's own hint is passed on", () => {
  const error = Object.assign(new Error('The disk is full.'), { name: 'EmbeddedServerError', hint: 'Make room.' })
  expect(failureOf(error)).toEqual({ code: 5, message: 'The disk is full.', hint: 'Make room.' })
  expect(failureOf(Object.assign(new Error('No.'), { name: 'EmbeddedServerError' }))).toEqual({
    code: 5,
    message: 'No.',
  })
})

test('anything else is an error of ours', () => {
  expect(failureOf(new Error('boom')).code).toBe(70)
  expect(failureOf('boom')).toEqual({ code: 70, message: 'boom' })
})
