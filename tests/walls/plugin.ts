// The lint rules that keep the rooms apart; .oxlintrc.json loads this file.

import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isTest, refusal, roomOf } from './rooms.ts'

interface Literal {
  readonly type: string
  readonly value?: unknown
}

interface Importing {
  readonly source?: Literal | null
}

interface Named {
  readonly type: string
  readonly name?: string
}

interface Context {
  readonly filename: string
  report(finding: { readonly node: object; readonly message: string }): void
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `imports`: a room imports only what the table allows, whichever way it imports it. */
const imports = {
  create(context: Context) {
    const file = fileOf(context)
    const check = (node: Importing): void => {
      const specifier = node.source?.value
      const message = typeof specifier === 'string' ? refusal(file, specifier) : undefined
      if (message !== undefined) context.report({ node, message })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    }
  },
}

const statement = /^\s*(?:select\b[^]+\bfrom\b|insert into\b|update\b[^]+\bset\b|delete from\b|with\b[^]+\bas \()/i
/** "Select a role from the list" is a sentence, not a statement. */
const oneCase = /^\s*(?:[a-z]+|[A-Z]+)\b/

/** `sql`: statements stand in record/ only. */
const sql = {
  create(context: Context) {
    const file = fileOf(context)
    const room = roomOf(file)
    if (room === undefined || room === 'record' || isTest(file)) return {}
    const check = (node: object, text: unknown): void => {
      if (typeof text !== 'string' || !statement.test(text) || !oneCase.test(text)) return
      context.report({ node, message: 'SQL stands in src/record/ only. Make it a function there and call that.' })
    }
    return {
      Literal: (node: Literal) => check(node, node.value),
      TemplateElement: (node: { readonly value: { readonly cooked: unknown } }) => check(node, node.value.cooked),
    }
  },
}

const clocks: Readonly<Record<string, string>> = { Date: 'now', Math: 'random', Temporal: 'Now' }

/** `clock`: the kernel is told what time it is and which number was drawn. */
const clock = {
  create(context: Context) {
    const file = fileOf(context)
    if (roomOf(file) !== 'kernel' || isTest(file)) return {}
    const message = 'The kernel has no clock and no chance of its own. Take `now` or the number as an argument.'
    return {
      MemberExpression(node: { readonly object: Named; readonly property: Named }) {
        const property = clocks[node.object.name ?? '']
        if (property !== undefined && node.property.name === property) context.report({ node, message })
      },
      NewExpression(node: { readonly callee: Named; readonly arguments: readonly unknown[] }) {
        if (node.callee.name === 'Date' && node.arguments.length === 0) context.report({ node, message })
      },
      CallExpression(node: { readonly callee: Named }) {
        if (node.callee.name === 'Date') context.report({ node, message })
      },
    }
  },
}

export default { meta: { name: 'walls' }, rules: { imports, sql, clock } }

function fileOf(context: Context): string {
  return relative(root, context.filename).replaceAll(sep, '/')
}
