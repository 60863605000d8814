// The reference of the expression language's functions, made from the table that runs them.

import { languageMacros } from '../../src/kernel/expression/cel-functions.ts'
import { functionGroups } from '../../src/kernel/expression/functions.ts'

interface Row {
  readonly signature: string
  readonly doc: string
  readonly example: readonly [source: string, result: unknown]
}

export function expressionsReference(): string {
  const groups = [...functionGroups, { title: 'Macros and optionals', functions: languageMacros }]
  return groups.map(({ title, functions }) => `### ${title}\n\n${table(functions)}`).join('\n\n')
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ signature, doc, example: [source, result] }) =>
    ['', code(signature), cell(doc), `${code(source)} is ${code(JSON.stringify(result))}`, ''].join(' | ').trim(),
  )
  return ['| function | gives | example |', '| --- | --- | --- |', ...lines].join('\n')
}

const code = (text: string): string => `\`${cell(text)}\``

/** A pipe would end the cell. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)
