// The one table of functions of the expression language: run, checked, documented and completed from here.

import { celFunctions, languageMacros } from './cel-functions.ts'
import type { LanguageFunction } from './language-function.ts'
import { listFunctions } from './list-functions.ts'
import { numberFunctions } from './number-functions.ts'
import { textFunctions } from './text-functions.ts'
import { timeFunctions } from './time-functions.ts'

export const functionGroups = [
  { title: 'Text', functions: textFunctions },
  { title: 'Numbers', functions: numberFunctions },
  { title: 'Lists and objects', functions: listFunctions },
  { title: 'Time', functions: timeFunctions },
  { title: 'From CEL', functions: celFunctions },
] as const

/** Each may be called as a function or as a method: `lower(x)` is `x.lower()`. */
export const languageFunctions: ReadonlyMap<string, LanguageFunction> = new Map(
  functionGroups.flatMap((group) => group.functions).map((each) => [each.name, each]),
)

export const functionNames: readonly string[] = [
  ...new Set([...languageFunctions.keys(), ...languageMacros.map(({ name }) => name)]),
]
