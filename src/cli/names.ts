// Names of people in a sentence.

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cleo`. */
export function sayNames(names: readonly string[]): string {
  const last = names.at(-1) ?? 'nobody'
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
