// Text that PostgreSQL takes: text columns refuse NUL, and jsonb NUL and lone surrogates, which JSON allows.

/** `JSON.stringify` writes NUL and lone surrogates, and only those of their kind, as escapes that jsonb refuses. */
const refused = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g

/** Text as a text column takes it. The driver itself replaces lone surrogates. */
export function columnText(text: string): string {
  return text.replaceAll('\0', '\ufffd')
}

/** The value as JSON text; each character that the database cannot hold becomes U+FFFD, the replacement character. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value)
  return text.includes('\\u') ? text.replace(refused, '$1\\ufffd') : text
}
