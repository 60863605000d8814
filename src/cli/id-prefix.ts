// Ids as people type them: whole, or the beginning, as long as it names one thing.

const shortest = 8
const form = /^[0-9a-f-]+$/

/** The smallest and the largest UUID that begin like this; undefined when it is no beginning of one, or too short. */
export function idRange(typed: string): { readonly from: string; readonly to: string } | undefined {
  const digits = typed.toLowerCase().replaceAll('-', '')
  if (digits.length < shortest || digits.length > 32 || !form.test(typed.toLowerCase())) return undefined
  return { from: asUuid(digits.padEnd(32, '0')), to: asUuid(digits.padEnd(32, 'f')) }
}

function asUuid(digits: string): string {
  const cuts = [0, 8, 12, 16, 20, 32]
  return cuts
    .slice(1)
    .map((end, index) => digits.slice(cuts[index], end))
    .join('-')
}
