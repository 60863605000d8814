// The forms in which a secret's value may come back: as it is, in pieces, and after the encodings that filters and servers use.

/** Longer values are looked for after one encoding instead of two. */
const longestTwice = 256
/** A line of this length or more is a secret of its own. */
const shortestLine = 8
/** Shorter texts are everywhere: replacing them would leave nothing readable. */
export const shortestValue = 4

/** Every text that stands for the value, each once, none shorter than `shortestValue`. */
export function formsOf(value: string): ReadonlySet<string> {
  const formed = value.toWellFormed()
  const pieces = [formed, formed.trim(), ...formed.split(/\r?\n/).filter((line) => line.trim().length >= shortestLine)]
  const forms = new Set(pieces)
  for (const piece of pieces) {
    const once = encoded([piece])
    for (const form of piece.length <= longestTwice ? [...once, ...encoded(once)] : once) forms.add(form)
  }
  for (const form of forms) if (form.length < shortestValue) forms.delete(form)
  return forms
}

function encoded(texts: Iterable<string>): Set<string> {
  const all = new Set<string>()
  for (const text of texts) for (const encode of encodings) for (const form of encode(text)) all.add(form)
  return all
}

/**
 * `lower`, `upper`, `hex`, `base64` (also of `bytes` itself), `encodeUri`, `json` are what expressions offer; forms and HTML
 * are what servers answer with. Escapes in a text are undone before it is searched (escapes.ts): here they matter only
 * where another encoding follows.
 */
const encodings: readonly ((text: string) => readonly string[])[] = [
  (text) => [text.toLowerCase(), text.toUpperCase()],
  (text) => hexOf(text),
  (text) => base64Of(text),
  (text) => [encodeURIComponent(text), new URLSearchParams([['', text]]).toString().slice(1)],
  (text) => [JSON.stringify(text).slice(1, -1)],
  // UTF-8 read as Latin-1, as servers do with headers.
  (text) => [Buffer.from(text).toString('latin1')],
  (text) => htmlOf(text),
]

/** As the usual libraries escape it: all five with one of two names for the apostrophe, or what text needs alone. */
function htmlOf(text: string): string[] {
  const least = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const quoted = least.replaceAll('"', '&quot;')
  return [least, quoted, quoted.replaceAll("'", '&#39;'), quoted.replaceAll("'", '&#x27;')]
}

function hexOf(text: string): string[] {
  const hex = Buffer.from(text).toString('hex')
  return [hex, hex.toUpperCase()]
}

/**
 * Base64 (RFC 4648) of the text alone, with and without padding, and what it leaves of itself inside of a longer text: six
 * bits a character, so that of the three ways in which it can lie on the characters each gives another middle.
 */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text)
  const whole = bytes.toString('base64')
  const middles = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return shifted.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
  })
  const forms = [whole, whole.replace(/=+$/, ''), ...middles]
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}
