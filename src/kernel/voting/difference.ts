// What differs between what was asked for and what there is now, in words.

import { type Json, isJsonObject } from '../json.ts'

const mostNamed = 5

/** `Changed: /steps/0/config/url; added: /schedule; removed: /inputs/b.` Places are JSON Pointers. */
export function sayDifference(before: Json, after: Json): string {
  const found = differences(before, after, '')
  const said = (['changed', 'added', 'removed'] as const).flatMap((how) => {
    const places = found.filter((one) => one.how === how).map(({ place }) => place)
    const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : ''
    return places.length === 0 ? [] : [`${how}: ${places.slice(0, mostNamed).join(', ')}${more}`]
  })
  const text = said.join('; ')
  return text === '' ? 'Nothing differs.' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

interface Difference {
  readonly how: 'changed' | 'added' | 'removed'
  readonly place: string
}

function differences(before: Json | undefined, after: Json | undefined, place: string): Difference[] {
  if (after === undefined) return [{ how: 'removed', place }]
  if (before === undefined) return [{ how: 'added', place }]
  const [earlier, later] = [entriesOf(before), entriesOf(after)]
  const isSameKind = Array.isArray(before) === Array.isArray(after)
  if (earlier === undefined || later === undefined || !isSameKind)
    return before === after ? [] : [{ how: 'changed', place: place === '' ? 'all of it' : place }]
  const keys = new Set([...earlier.keys(), ...later.keys()])
  return [...keys].flatMap((key) => differences(earlier.get(key), later.get(key), `${place}/${pointerPart(key)}`))
}

function entriesOf(value: Json): Map<string, Json> | undefined {
  if (Array.isArray(value)) return new Map(value.map((item: Json, index) => [String(index), item]))
  return isJsonObject(value) ? new Map(Object.entries(value)) : undefined
}

/** RFC 6901. */
const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
