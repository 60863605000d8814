// Finds the name that was probably meant.

/** The candidate with the fewest edits, when they are few for the length of the name. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (edits >= fewest) continue
    nearest = candidate
    fewest = edits
  }
  return nearest
}

/** "Did you mean `x`?", or the names there are. */
export function hintOfNames(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name, candidates)
  if (nearest !== undefined) return `Did you mean \`${nearest}\`?`
  if (candidates.length === 0) return 'It has none.'
  const shown = candidates.slice(0, 8).map((candidate) => `\`${candidate}\``)
  return `There is ${shown.join(', ')}${candidates.length > shown.length ? ', …' : ''}.`
}

/** Levenshtein distance; names are cut at 64 characters, which bounds the work. */
function editDistance(left: string, right: string): number {
  const to = right.slice(0, 64)
  let row = Array.from({ length: to.length }, (_, index) => index + 1)
  let distance = to.length
  Array.from(left.slice(0, 64)).forEach((character, position) => {
    let corner = position
    distance = position + 1
    row = row.map((above, index) => {
      distance = Math.min(above + 1, distance + 1, corner + (character === to[index] ? 0 : 1))
      corner = above
      return distance
    })
  })
  return distance
}
