// A page whose parts between two markers are written by a program; the rest is written by hand.

import { readFile, writeFile } from 'node:fs/promises'
import { format } from 'oxfmt'

const style = { semi: false, singleQuote: true, printWidth: 120 } as const
const root = new URL('../../', import.meta.url)

export interface GeneratedPage {
  /** From the root of the repository. */
  readonly file: string
  /** The page as it should be, from the page as it is. */
  make(current: string): string
}

/** A page of which the part between `<!-- generated: name -->` and `<!-- end: name -->` is generated. */
export function partOf(file: string, name: string, text: () => string): GeneratedPage {
  return { file, make: (current) => fill(file, current, name, text()) }
}

function fill(file: string, current: string, name: string, text: string): string {
  const [opening, closing] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`]
  const start = current.indexOf(opening)
  const end = current.indexOf(closing)
  if (start < 0 || end < start) throw new Error(`${file} has no markers ${opening} and ${closing}. Add them.`)
  return `${current.slice(0, start + opening.length)}\n\n${text}\n\n${current.slice(end)}`
}

/** The page as it is and as it should be, in the house's format. */
export async function readPage(page: GeneratedPage): Promise<{ current: string; wanted: string }> {
  const { file } = page
  const current = await readFile(new URL(file, root), 'utf8').catch(() => '')
  const { code, errors } = await format(file, page.make(current), style)
  const [error] = errors
  if (error !== undefined) throw new Error(`${file} cannot be formatted: ${error.message}`)
  return { current, wanted: code }
}

export async function writePage(file: string, text: string): Promise<void> {
  await writeFile(new URL(file, root), text)
}
