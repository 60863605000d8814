// Turns zod's issues into findings that a person can act on.

import type { z } from 'zod'
import type { ProblemCode } from '../problem.ts'
import { pointerTo, type Finding, type Path } from './finding.ts'
import { guideAt } from './schema-guide.ts'
import { demand, kindsOf, sayTypes, type Issue } from './schema-wording.ts'
import { sayChoices, sayList, sayValue, suggest } from './wording.ts'

type UnionIssue = z.core.$ZodIssueInvalidUnion

export interface Subject {
  readonly code: ProblemCode
  readonly schema: z.ZodType
  /** What was checked. */
  readonly value: unknown
  /** Where it stands in the definition. */
  readonly pointer: string
  /** What the whole is called: "the definition". */
  readonly name: string
}

export function schemaFindings(issues: readonly Issue[], subject: Subject): readonly Finding[] {
  return issues.flatMap((issue) => explain(issue, [], subject))
}

/** The own property at a path; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (isObject(part) && Object.hasOwn(part, key) ? Reflect.get(part, key) : undefined),
    value,
  )
}

function explain(issue: Issue, base: Path, subject: Subject): readonly Finding[] {
  const path: Path = [...base, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))]
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, subject)
  if (issue.code === 'invalid_key') return [wrongKey(issue.issues, path, subject)]
  const value = valueAt(subject.value, path)
  if (value === undefined && path.length > 0) return [missing(path, subject)]
  if (value === null) return [empty(issue, path, subject)]
  return issue.code === 'invalid_union' ? explainUnion(issue, path, subject) : [unexpected(issue, value, path, subject)]
}

function unknownKeys(unknown: readonly string[], path: Path, subject: Subject): readonly Finding[] {
  const name = nameOf(path, subject)
  const { keys, description } = guideAt(subject.schema, path)
  return unknown.map((key) => {
    const place = [...path, key]
    if (keys.includes(key)) {
      const message = `\`${key}\` does not go with the other fields of ${name}.`
      return {
        ...say(subject, place, message),
        at: 'key',
        hint: description ?? 'Remove it, or the field that excludes it.',
      }
    }
    return { ...say(subject, place, `${name} has no field \`${key}\`.`), at: 'key', hint: () => otherKey(key, keys) }
  })
}

function otherKey(key: string, keys: readonly string[]): string | undefined {
  if (key === '<<') return 'YAML 1.2 has no merge keys: write the fields out, or use an alias for a whole value.'
  return suggest(key, keys, keys.length === 0 ? undefined : `It may have ${sayChoices(keys)}.`)
}

function wrongKey(issues: readonly Issue[], path: Path, subject: Subject): Finding {
  const key = String(path.at(-1))
  const hint = (): string | undefined =>
    issues.map((issue) => respelling(issue, key)).find((text) => text !== undefined)
  return { ...say(subject, path, `The name \`${key}\` ${sayList(issues.map(demand), 'and')}.`), at: 'key', hint }
}

function missing(path: Path, subject: Subject): Finding {
  const message = `${nameOf(path.slice(0, -1), subject)} needs \`${path.at(-1)}\`.`
  const hint = (): string | undefined => {
    const { description, types } = guideAt(subject.schema, path)
    return description ?? sayTypes(types)
  }
  return { ...say(subject, path, message), hint }
}

function empty(issue: Issue, path: Path, subject: Subject): Finding {
  const { keys } = guideAt(subject.schema, path)
  if (path.length === 0)
    return { ...say(subject, path, `${subject.name} is empty.`), hint: `It may have ${sayChoices(keys)}.` }
  const wanted = issue.code === 'invalid_union' ? `must be ${kindsOf(issue)}` : demand(issue)
  const hint = 'Fill it in (`{}` is an empty mapping, `[]` an empty list), or remove the line.'
  return { ...say(subject, path, `${nameOf(path, subject)} ${wanted}, but nothing stands there.`), hint }
}

function unexpected(issue: Issue, value: unknown, path: Path, subject: Subject): Finding {
  const isSize =
    (issue.code === 'too_small' || issue.code === 'too_big') && (typeof value === 'string' || Array.isArray(value))
  // A refinement of a whole says what is wrong with it; that it is a whole is no news.
  const isWhole = issue.code === 'custom' && isObject(value)
  const instead = isWhole ? '' : isSize ? `; it has ${value.length}` : `, not ${sayValue(value)}`
  const hint = (): string | undefined =>
    hintFor(issue, value) ?? (issue.code === 'invalid_type' ? adviceFor(value, path, subject) : undefined)
  return { ...say(subject, path, `${nameOf(path, subject)} ${demand(issue)}${instead}.`), hint }
}

function hintFor(issue: Issue, value: unknown): string | undefined {
  if (issue.code === 'invalid_value') return suggest(String(value), issue.values.map(String))
  if (issue.code === 'invalid_type' && typeof value === 'string' && value.includes('{{')) {
    return 'An expression keeps its type only when nothing else stands in the text.'
  }
  return typeof value === 'string' ? respelling(issue, value) : undefined
}

function adviceFor(value: unknown, path: Path, subject: Subject): string | undefined {
  const { description } = guideAt(subject.schema, path)
  return (
    description ??
    (typeof value === 'number' || typeof value === 'boolean'
      ? `Write "${value}" in quotes if text is meant.`
      : undefined)
  )
}

/** A name in the spelling that a pattern wants, where that is all that is wrong with it. */
function respelling(issue: Issue, name: string): string | undefined {
  // Only patterns of our own begin with a demand; a foreign one may take forever on what is tried here.
  if (issue.code !== 'invalid_format' || issue.pattern === undefined || !issue.message.startsWith('must '))
    return undefined
  const pattern = new RegExp(issue.pattern.slice(1, issue.pattern.lastIndexOf('/')))
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const fit = [words.join('_'), words.join('-')].find((spelling) => pattern.test(spelling))
  return fit === undefined ? undefined : `Write \`${fit}\`.`
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
  const likely = branches.filter((_, index) => gravities[index] === least)
  const [best, ...others] = likely
  const standsOut = others.length === 0 ? least < another : least < grave
  if (best !== undefined && standsOut) return best.flatMap((each) => explain(each, path, subject))
  const { keys } = guideAt(subject.schema, path)
  return isObject(value) && !Array.isArray(value) && keys.length > 0
    ? explainKeys(Object.keys(value), likely, path, subject)
    : [explainKinds(issue, value, path, subject)]
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

/** `likely`: the alternatives that are equally near to what was written. */
function explainKeys(
  keys: readonly string[],
  likely: readonly Issue[][],
  path: Path,
  subject: Subject,
): readonly Finding[] {
  const { keys: known, description } = guideAt(subject.schema, path)
  const strange = keys.filter((key) => !known.includes(key))
  if (strange.length > 0) return unknownKeys(strange, path, subject)
  const name = nameOf(path, subject)
  const refused = new Set(likely.flat().flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])))
  const clashing = keys.filter((key) => refused.has(key))
  if (clashing.length > 1) {
    const message = `${sayChoices(clashing, 'and')} do not belong together in ${name}.`
    return [{ ...say(subject, path, message), hint: description ?? 'Keep one of them.' }]
  }
  const lacking = new Set(likely.flat().flatMap((issue) => issue.path.slice(0, 1).map(String)))
  return [{ ...say(subject, path, `${name} needs one of ${sayChoices([...lacking])}.`), hint: description }]
}

function explainKinds(issue: UnionIssue, value: unknown, path: Path, subject: Subject): Finding {
  const hint = (): string | undefined => {
    const { keys, description } = guideAt(subject.schema, path)
    if (typeof value === 'string' && keys.includes(value)) return `Write it as a mapping with the key \`${value}\`.`
    const choices = 'options' in issue ? issue.options.map(String) : branchesOf(issue).flat().flatMap(choicesOf)
    return suggest(String(value), choices, description)
  }
  return { ...say(subject, path, `${nameOf(path, subject)} must be ${kindsOf(issue)}, not ${sayValue(value)}.`), hint }
}

const choicesOf = (issue: Issue): readonly string[] => (issue.code === 'invalid_value' ? issue.values.map(String) : [])

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
  const id = path.length === 2 && path[0] === 'steps' ? valueAt(subject.value, [...path, 'id']) : undefined
  return typeof id === 'string' ? `step \`${id}\`` : `entry ${last + 1} of ${nameOf(path.slice(0, -1), subject)}`
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
