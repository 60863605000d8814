import { describe, expect, test } from 'vitest'
import { celCases, failureOf, type CelCase } from './cel-case.ts'
import { leftOut } from './left-out.ts'

const cases = celCases()
const listed = new Set(leftOut.flatMap((each) => each.cases))
const sections = leftOut.flatMap((each) => each.sections.map((section) => `${section}/`))
const inSection = ({ path }: CelCase): boolean => sections.some((section) => path.startsWith(section))
const expectsError = ({ test: { original } }: CelCase): boolean =>
  /evalerror/i.test(String(original.resultMatcher.case))
const remaining = cases.filter((each) => !inSection(each) && !listed.has(each.path))

describe('CEL conformance', () => {
  test('the suite is there, and most of what it says about plain values is run', () => {
    expect(cases.length).toBeGreaterThan(2000)
    expect(remaining.length).toBeGreaterThan(1100)
  })

  test('every case that is not left out passes', () => {
    const failures = remaining.flatMap((each) => {
      const failure = failureOf(each)
      return failure === undefined ? [] : [`${each.path}: ${each.test.original.expr}: ${failure}`]
    })
    expect(failures).toEqual([])
  })

  test('every case that is left out by name exists and still fails', () => {
    const byPath = Map.groupBy(cases, ({ path }) => path)
    const honest = [...listed].filter((path) => byPath.get(path)?.some((each) => failureOf(each) !== undefined))
    expect(honest).toEqual([...listed])
  })

  test('in every section that is left out, only cases that expect an error pass', () => {
    const passing = cases.filter((each) => inSection(each) && !expectsError(each) && failureOf(each) === undefined)
    expect(passing.map(({ path }) => path)).toEqual([])
    for (const section of sections) expect(cases.some(({ path }) => path.startsWith(section))).toBe(true)
  })

  test('every reason to leave cases out has some', () => {
    expect(leftOut.filter((each) => each.cases.length + each.sections.length === 0)).toEqual([])
  })
})
