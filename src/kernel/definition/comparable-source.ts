// The sources of two versions as texts that can be compared line by line.

import { stringify } from 'yaml'
import type { Json } from '../json.ts'

interface Source {
  readonly source: string
  readonly definition: Json
}

/** As they were saved; where either was saved as JSON, both as YAML. */
export function comparableSources(before: Source, after: Source): readonly [string, string] {
  if (!isJson(before) && !isJson(after)) return [before.source, after.source]
  return [stringify(before.definition), stringify(after.definition)]
}

const isJson = ({ source }: Source): boolean => source.trimStart().startsWith('{')
