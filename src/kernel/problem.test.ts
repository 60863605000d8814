import { expect, test } from 'vitest'
import { failed, ok, problemKinds } from './problem.ts'

test('a result holds a value, or the problems that there are instead', () => {
  expect(ok(7)).toEqual({ ok: true, value: 7 })
  const problem = { code: 'cycle', message: 'Steps a and b wait for each other.' } as const
  expect(failed(problem)).toEqual({ ok: false, problems: [problem] })
})

test('each code is reported with an HTTP status of an error, and its title is a plain sentence without a full stop', () => {
  for (const [code, { status, title }] of Object.entries(problemKinds)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(title).toMatch(/^[A-Z].*[^.]$/)
  }
})
