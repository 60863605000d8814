// What a zod issue asks for, in words.

import type { z } from 'zod'
import { sayChoices, sayCount, sayList } from './wording.ts'

export type Issue = z.core.$ZodIssue

/** What an issue asks for, after a subject: "must be a number". */
export function demand(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWord(issue.expected)}`
    case 'invalid_value':
      return `must be ${sayChoices(issue.values.map(String))}`
    case 'too_small':
      return `must ${amount(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`
    case 'too_big':
      return `must ${amount(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.message.startsWith('must ')
        ? issue.message
        : `must be ${formatWords[issue.format] ?? `text of the form ${issue.pattern ?? issue.format}`}`
    default:
      // A refinement says in its own words what it wants.
      return issue.message.startsWith('must ') ? issue.message : `is not accepted (${issue.message})`
  }
}

/** The kinds of values that the alternatives of a union take: "a number, `majority` or `unanimous`". */
export function kindsOf(issue: z.core.$ZodIssueInvalidUnion): string {
  if ('options' in issue) return sayChoices(issue.options.map(String))
  return sayList([...new Set(kinds(issue))])
}

function kinds(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  const first = issue.errors.flatMap((branch) => branch.slice(0, 1))
  return first.flatMap((each) => {
    if (each.code === 'invalid_union') return kinds(each)
    return each.code === 'invalid_value'
      ? each.values.map((value) => `\`${String(value)}\``)
      : [demand(each).replace(/^must be /, '')]
  })
}

function amount(origin: string, bound: string, count: number | bigint): string {
  const noun = counted[origin]
  return noun === undefined ? `be ${bound} ${count}` : `have ${bound} ${count} ${sayCount(count, noun)}`
}

/** "It must be text or a list.", for the type names of JSON Schema; where nearly anything goes, there is nothing to say. */
export function sayTypes(types: readonly string[]): string | undefined {
  return types.length === 0 || types.length > 3 ? undefined : `It must be ${sayList(types.map(typeWord))}.`
}

/** What is counted in a value; numbers are not counted but compared. */
const counted: Readonly<Record<string, string>> = { string: 'character', array: 'entry' }

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  null: 'nothing',
  never: 'absent',
}

const typeWord = (type: string): string => typeWords[type] ?? type

const formatWords: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  url: 'an address such as "https://example.com/path"',
  uuid: 'a UUID',
  date: 'a date such as "2026-11-21"',
  datetime: 'a time such as "2026-11-21T09:00:00Z"',
  time: 'a time of day such as "09:00:00"',
}
