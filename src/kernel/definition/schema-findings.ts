// Turns zod's issues into findings that a person can act on.

import type { z } from 'zod'
import type { ProblemCode } from '../problem.ts'
import { pointerTo, type Finding, type Path } from './finding.ts'
import { guideAt } from './schema-guide.ts'
import { demand, type Issue } from './schema-wording.ts'
import { sayChoices, sayValue, suggest } from './wording.ts'

type UnionIssue = z.core.$ZodIssueInvalidUnion

export interface Subject {
  readonly code: ProblemCode
  readonly schema: z.ZodType
  /** What was checked. */
  readonly value: unknown
  /** Where it stands in the definition. */
  readonly pointer: string
  /** What the whole is called at the beginning of a sentence: "The definition". */
  readonly name: string
}

export function schemaFindings(issues: readonly Issue[], subject: Subject): readonly Finding[] {
  return issues.flatMap((issue) => explain(issue, [], subject))
}

function explain(issue: Issue, base: Path, subject: Subject): readonly Finding[] {
  const path: Path = [...base, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, subject))
    case 'invalid_union':
      return isAbsent(path, subject) ? [missing(path, subject)] : explainUnion(issue, path, subject)
    case 'invalid_key':
      return [
        {
          ...say(subject, path, `\`${path.at(-1)}\` ${issue.issues.map(({ message }) => message).join(' and ')}.`),
          at: 'key',
        },
      ]
    case 'invalid_type':
    case 'invalid_value':
      return [isAbsent(path, subject) ? missing(path, subject) : unexpected(issue, path, subject)]
    default:
      return [unexpected(issue, path, subject)]
  }
}

const isAbsent = (path: Path, subject: Subject): boolean =>
  path.length > 0 && valueAt(subject.value, path) === undefined

function unknownKey(key: string, path: Path, subject: Subject): Finding {
  const message = `${nameOf(path, subject)} has no field \`${key}\`.`
  const hint = (): string | undefined => {
    if (key === '<<') return 'YAML 1.2 has no merge keys: write the fields out, or use an alias for a whole value.'
    const { keys } = guideAt(subject.schema, path)
    return suggest(key, keys, keys.length === 0 ? undefined : `It may have ${sayChoices(keys)}.`)
  }
  return { ...say(subject, [...path, key], message), at: 'key', hint }
}

function missing(path: Path, subject: Subject): Finding {
  const message = `${nameOf(path.slice(0, -1), subject)} needs \`${path.at(-1)}\`.`
  return { ...say(subject, path, message), hint: () => guideAt(subject.schema, path).description }
}

function unexpected(issue: Issue, path: Path, subject: Subject): Finding {
  const value = valueAt(subject.value, path)
  const message = `${nameOf(path, subject)} ${demand(issue)}, not ${sayValue(value)}.`
  return {
    ...say(subject, path, message),
    hint: () => hintFor(issue, value) ?? guideAt(subject.schema, path).description,
  }
}

function hintFor(issue: Issue, value: unknown): string | undefined {
  if (issue.code === 'invalid_value') return suggest(String(value), issue.values.map(String))
  if (value === null)
    return 'Nothing stands there. Fill it in (`{}` is an empty mapping, `[]` an empty list), or remove the line.'
  if (
    issue.code === 'invalid_type' &&
    issue.expected === 'string' &&
    (typeof value === 'number' || typeof value === 'boolean')
  )
    return `Write "${value}" in quotes if text is meant.`
  return undefined
}

/**
 * Explains the alternative that was most likely meant: the one with the fewest and the least grave issues.
 * Where no alternative stands out, says what the alternatives are.
 */
function explainUnion(issue: UnionIssue, path: Path, subject: Subject): readonly Finding[] {
  const value = valueAt(subject.value, path)
  const branches = branchesOf(issue)
  const gravities = branches.map((branch) => branch.reduce((sum, each) => sum + gravity(each, value), 0))
  const least = Math.min(...gravities)
  const [best, ...others] = branches.filter((_, index) => gravities[index] === least)
  const standsOut = others.length === 0 ? least < another : least < grave
  if (best !== undefined && standsOut) return best.flatMap((each) => explain(each, path, subject))
  const known = guideAt(subject.schema, path).keys
  return isMapping(value) && known.length > 0
    ? explainKeys(Object.keys(value), known, path, subject)
    : [explainKinds(issue, branches, path, subject)]
}

/** A union within a union is one with it: all the alternatives stand side by side. */
function branchesOf(issue: UnionIssue): readonly Issue[][] {
  return issue.errors.flatMap((branch) => {
    const [only, ...rest] = branch
    return only?.code === 'invalid_union' && only.path.length === 0 && rest.length === 0 ? branchesOf(only) : [branch]
  })
}

const grave = 10
const another = 1000

/** A wrong detail weighs least, a field too many or too few more; a value of another kind was not meant for the branch. */
function gravity(issue: Issue, value: unknown): number {
  if (issue.code === 'unrecognized_keys') return grave * issue.keys.length
  if (issue.path.length === 0) return issue.code === 'invalid_type' || issue.code === 'invalid_value' ? another : 1
  return valueAt(value, issue.path) === undefined ? grave : 1
}

function explainKeys(
  keys: readonly string[],
  known: readonly string[],
  path: Path,
  subject: Subject,
): readonly Finding[] {
  const strange = keys.filter((key) => !known.includes(key))
  if (strange.length > 0) return strange.map((key) => unknownKey(key, path, subject))
  const name = nameOf(path, subject)
  if (keys.length === 0)
    return [{ ...say(subject, path, `${name} is empty.`), hint: `It takes one of ${sayChoices(known)}.` }]
  const together = keys.length === 1 ? 'is not enough' : 'do not belong together'
  return [
    {
      ...say(subject, path, `${sayChoices(keys, 'and')} ${together} in ${name}.`),
      hint: `It may have ${sayChoices(known)}, but not all at once.`,
    },
  ]
}

function explainKinds(issue: UnionIssue, branches: readonly Issue[][], path: Path, subject: Subject): Finding {
  const value = valueAt(subject.value, path)
  const options = 'options' in issue ? issue.options.map(String) : []
  const kinds = branches.map(([first]) => (first === undefined ? '' : demand(first).replace(/^must be /, '')))
  const wanted = options.length > 0 ? sayChoices(options) : [...new Set(kinds)].join(' or ')
  const values = branches.flatMap((branch) =>
    branch.flatMap((each) => (each.code === 'invalid_value' ? each.values.map(String) : [])),
  )
  const message = `${nameOf(path, subject)} must be ${wanted}, not ${sayValue(value)}.`
  const hint = (): string | undefined => {
    const guide = guideAt(subject.schema, path)
    if (typeof value === 'string' && guide.keys.includes(value))
      return `Write it as a mapping with the key \`${value}\`.`
    return suggest(String(value), [...options, ...values], guide.description)
  }
  return { ...say(subject, path, message), hint }
}

function say(subject: Subject, path: Path, message: string): Finding {
  return {
    code: subject.code,
    pointer: pointerTo(subject.pointer, ...path),
    message: message.charAt(0).toUpperCase() + message.slice(1),
  }
}

/** What a path is called in a sentence: its last key, or "entry 2 of `depends_on`". */
function nameOf(path: Path, subject: Subject): string {
  const last = path.at(-1)
  if (last === undefined) return subject.name
  if (typeof last === 'string') return `\`${last}\``
  const value = valueAt(subject.value, path)
  const id = path.length === 2 && path[0] === 'steps' ? valueAt(value, ['id']) : undefined
  return typeof id === 'string' ? `step \`${id}\`` : `entry ${last + 1} of ${nameOf(path.slice(0, -1), subject)}`
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The own property at a path; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key) ? Reflect.get(part, key) : undefined,
    value,
  )
}
