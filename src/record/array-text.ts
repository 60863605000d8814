// Arrays as PostgreSQL reads them: the driver's own rendering looks at each element for what only free text can hold.

type Plain = string | number | null

/** An array of what needs no quotes: ids, numbers, names of a fixed set. */
export function plainArray(values: readonly Plain[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`
}

/** An array of any text. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join()}}`
}

const special = /["\\]/g

function quoted(text: string): string {
  return special.test(text) ? `"${text.replace(special, '\\$&')}"` : `"${text}"`
}
