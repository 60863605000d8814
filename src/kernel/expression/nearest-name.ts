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

/** Edits and swaps of neighbours (Damerau–Levenshtein, optimal string alignment). Names are cut at 64 characters, which bounds the work. */
function editDistance(left: string, right: string): number {
  const [from, to] = [left.slice(0, 64), right.slice(0, 64)]
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1
      const swapped =
        i > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? Number(before[j - 2]) + 1 : Infinity
      next.push(Math.min(Number(row[j]) + 1, Number(next[j - 1]) + 1, Number(row[j - 1]) + same, swapped))
    }
    before = row
    row = next
  }
  return Number(row.at(-1))
}
