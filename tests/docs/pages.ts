// The pages for users, read as text: their links, their headings, their blocks of code.

import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Page {
  /** From the root of the repository. */
  readonly file: string
  readonly text: string
}

/** README, CONTRIBUTING, CHANGELOG and everything in docs/. */
export async function readPages(): Promise<Page[]> {
  const entries = await readdir(join(root, 'docs'), { recursive: true, withFileTypes: true })
  const docs = entries.filter(({ name }) => name.endsWith('.md')).map(({ parentPath, name }) => join(parentPath, name))
  const top = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => join(root, name))
  const files = [...top, ...docs.toSorted()]
  return Promise.all(files.map(async (file) => ({ file: relative(root, file), text: await readFile(file, 'utf8') })))
}

/** The targets of Markdown links, those in blocks of code left out. */
export function linksOf({ text }: Page): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '``')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** The anchors that GitHub makes of the headings: lower case, spaces to hyphens, other signs dropped. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** The blocks of code in a language, without their fences. */
export function blocksOf({ text }: Page, ...languages: readonly string[]): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)]
    .filter(([, language = '']) => languages.includes(language))
    .map(([, , block = '']) => block)
}

/** The rows of all tables, each as its cells. */
export function tableRowsOf({ text }: Page): string[][] {
  return [...text.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
}
