// Plants what the house forbids and expects the linter and the kernel's compiler to refuse it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { plantHouse } from './planted-house.ts'

/** What may not be, and the words of the refusal. */
const forbidden = [
  [
    'the kernel imports a host module',
    'src/kernel/plan/a.ts',
    `import 'node:fs'`,
    '"kernel" may not import the package "node:fs"',
  ],
  [
    'the kernel imports a package of its own choice',
    'src/kernel/b.ts',
    `import 'fastify'`,
    '"kernel" may not import the package "fastify"',
  ],
  [
    'the kernel imports the record',
    'src/kernel/plan/c.ts',
    `import '../../record/executions.ts'`,
    '"kernel" may not import "record"',
  ],
  [
    'the kernel imports a type of the engine',
    'src/kernel/d.ts',
    `import type { Worker } from '../engine/worker.ts'\nexport type W = Worker`,
    '"kernel" may not import "engine"',
  ],
  [
    'the kernel names a type by import()',
    'src/kernel/e.ts',
    `export type W = import('../engine/worker.ts').Worker`,
    '"kernel" may not import "engine"',
  ],
  [
    'the kernel imports the engine while it runs',
    'src/kernel/f.ts',
    `export const load = () => import('../engine/worker.ts')`,
    '"kernel" may not import "engine"',
  ],
  [
    'the kernel hands out the record',
    'src/kernel/g.ts',
    `export { claim } from '../record/claim.ts'`,
    '"kernel" may not import "record"',
  ],
  [
    'a test of the kernel imports the engine',
    'src/kernel/plan.test.ts',
    `import '../engine/worker.ts'`,
    '"kernel" may not import "engine"',
  ],
  ['the kernel looks at the clock', 'src/kernel/h.ts', `export const at = Date.now()`, 'The kernel has no clock'],
  ['the kernel asks for today', 'src/kernel/i.ts', `export const at = new Date()`, 'The kernel has no clock'],
  ['the kernel draws a number', 'src/kernel/j.ts', `export const drawn = Math.random()`, 'The kernel has no clock'],
  [
    'the record imports the engine',
    'src/record/a.ts',
    `import '../engine/worker/claim.ts'`,
    '"record" may not import "engine"',
  ],
  [
    'the record reads the configuration',
    'src/record/b.ts',
    `import '../config.ts'`,
    '"record" may not import "config"',
  ],
  [
    'the engine imports a pack',
    'src/engine/a.ts',
    `import '../packs/core/delay.ts'`,
    '"engine" may not import "packs/core"',
  ],
  [
    'the engine imports the configuration',
    'src/engine/b.ts',
    `import '../config.ts'`,
    '"engine" may not import "config"',
  ],
  [
    'the engine imports the API',
    'src/engine/worker/c.ts',
    `import '../../api/routes.ts'`,
    '"engine" may not import "api"',
  ],
  ['the engine speaks to the database', 'src/engine/d.ts', `import 'pg'`, '"engine" may not import the package "pg"'],
  [
    'the engine holds SQL',
    'src/engine/e.ts',
    'export const text = `select id from execution`',
    'SQL stands in src/record/ only',
  ],
  [
    'the API holds SQL',
    'src/api/a.ts',
    `export const text = 'UPDATE execution SET status = 1'`,
    'SQL stands in src/record/ only',
  ],
  [
    'a pack imports the engine',
    'src/packs/core/a.ts',
    `import '../../engine/doors.ts'`,
    '"packs/core" may not import "engine"',
  ],
  [
    'a pack imports the kernel past the kit',
    'src/packs/core/b.ts',
    `import '../../kernel/json.ts'`,
    '"packs/core" may not import "kernel"',
  ],
  [
    'a pack imports another pack',
    'src/packs/core/c.ts',
    `import '../erp/ledger.ts'`,
    '"packs/core" may not import "packs/erp"',
  ],
  [
    'a pack imports what stands beside the kit',
    'src/packs/core/d.ts',
    `import '../registry.ts'`,
    '"packs/core" may not import "packs"',
  ],
  [
    'a pack goes out past the doors',
    'src/packs/core/e.ts',
    `import 'undici'`,
    '"packs/core" may not import the package "undici"',
  ],
  ['the kit imports a pack', 'src/packs/kit.ts', `import './core/delay.ts'`, '"packs/kit" may not import "packs/core"'],
  ['a command imports a pack', 'src/cli/a.ts', `import '../packs/core/delay.ts'`, '"cli" may not import "packs/core"'],
  ['the web app imports the API', 'src/web/a.ts', `import '../api/routes.ts'`, '"web" may not import "api"'],
  ['source imports tests', 'src/engine/f.ts', `import '../../tests/walls/rooms.ts'`, 'what runs stays in src/'],
  ['a new room appears', 'src/shared/a.ts', `import 'zod'`, '"shared" is no room of src/'],
  [
    'a room reads the environment',
    'src/engine/g.ts',
    `export const home = process.env['HOME']`,
    'Disallowed usage of `process.env`',
  ],
  [
    'a room imports the environment',
    'src/engine/h.ts',
    `import { env } from 'node:process'\nexport const home = env['HOME']`,
    '"engine" may not import the package "node:process"',
  ],
  ['a room writes to the terminal', 'src/engine/i.ts', `console.log('here')`, 'Unexpected console statement'],
  [
    'a promise floats',
    'src/engine/j.ts',
    `export async function go(): Promise<void> {\n  await null\n}\ngo()`,
    'Promises must be awaited',
  ],
  [
    'a type is asserted',
    'src/engine/k.ts',
    `export const id = JSON.parse('1') as string`,
    'Do not use any type assertions',
  ],
  ['a file grows past 300 lines', 'src/engine/l.ts', 'export {}\n'.padEnd(310, '\n'), 'File has too many lines'],
  [
    'a function grows past 40 lines',
    'src/engine/m.ts',
    `export function long(): void {\n${'  void 0\n'.repeat(40)}}`,
    'has too many lines',
  ],
  ['a file name is not kebab-case', 'src/engine/claimWork.ts', 'export {}', 'Filename should be in kebab-case'],
] as const

const allowed = {
  'src/kernel/plan/fine.ts': `import 'zod'\nimport '../json.ts'`,
  'src/kernel/fine.test.ts': `import 'node:fs'\nimport '../../tests/setup/database.ts'\nexport const at = new Date()`,
  'src/record/fine.ts': "import 'pg'\nimport '../kernel/json.ts'\nexport const text = `select id from execution`",
  'src/engine/fine.ts': `import '../record/claim.ts'\nimport '../packs/kit.ts'\nexport const text = 'Select a role from the list'`,
  'src/packs/core/fine.ts': `import '../kit.ts'\nimport './delay.ts'`,
  'src/packs/fine.test.ts': `import './core/pack.ts'`,
  'src/engine/server.test-kit.ts': `import 'node:net'\nexport const home = process.env['HOME']`,
  'src/main.ts': `import './config.ts'\nimport './packs/core/pack.ts'`,
  'src/config.ts': `export const home = process.env['HOME']`,
  'src/cli/fine.ts': `import '../main.ts'\nconsole.log('done')`,
}

const hostNames = ['process', 'console', 'setTimeout', 'fetch', 'performance', 'crypto', 'Buffer', 'window', 'require']

const plantedKernel = [
  // The packages it may use must not bring the host's types in with them.
  `import '@marcbachmann/cel-js'\nimport 'croner'\nimport 'yaml'\nimport 'zod'`,
  ...hostNames.map((name) => `void ${name}`),
].join('\n')

const reportSchema = z.object({ diagnostics: z.array(z.object({ filename: z.string(), message: z.string() })) })

describe('the linter', () => {
  let findings: z.infer<typeof reportSchema>['diagnostics']

  beforeAll(async () => {
    const planted = forbidden.map(([, path, content]) => [path, content] as const)
    const house = await plantHouse({ ...Object.fromEntries(planted), ...allowed })
    const output = await house.run('oxlint/bin/oxlint', ['--format=json', 'src'])
    await house.remove()
    findings = reportSchema.parse(JSON.parse(output)).diagnostics
  })

  test.each(forbidden)('refuses that %s', (_title, path, _content, refusal) => {
    expect(messagesFor(path).join('\n')).toContain(refusal)
  })

  test.each(Object.keys(allowed))('lets %s import what its room may', (path) => {
    expect(
      messagesFor(path).filter((message) => /may not import|no clock|SQL|process\.env|console/.test(message)),
    ).toEqual([])
  })

  function messagesFor(path: string): string[] {
    return findings.filter(({ filename }) => filename === path).map(({ message }) => message)
  }
})

describe("the kernel's compiler", () => {
  let output: string
  let house: Awaited<ReturnType<typeof plantHouse>>

  beforeAll(async () => {
    house = await plantHouse({ 'src/kernel/host.ts': plantedKernel })
    output = await house.run('typescript/bin/tsc', ['-p', 'src/kernel/tsconfig.json'])
  })

  afterAll(() => house.remove())

  test.each(hostNames)('does not know %s', (name) => {
    expect(output).toContain(`Cannot find name '${name}'`)
  })

  test('finds the four packages that the kernel may use', () => {
    expect(output).not.toContain('Cannot find module')
  })
})
