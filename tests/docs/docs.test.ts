import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedPages } from '../../docs/generate/all.ts'
import { readPage } from '../../docs/generate/page.ts'
import { validateWorkflow } from '../../src/kernel/definition/validation.ts'
import { problemKinds } from '../../src/kernel/problem.ts'
import { corePack } from '../../src/packs/core/pack.ts'
import { anchorsOf, blocksOf, linksOf, readPages, root, tableRowsOf } from './pages.ts'

const pages = await readPages()
const pageOf = (file: string) => pages.find((page) => page.file === file) ?? { file, text: '' }

describe('generated parts', () => {
  for (const page of generatedPages) {
    it(`of ${page.file} are up to date (node docs/generate/all.ts writes them)`, async () => {
      const { current, wanted } = await readPage(page)
      expect(current).toBe(wanted)
    })
  }
})

it('every problem code is explained', () => {
  const explained = tableRowsOf(pageOf('docs/problems.md')).map(([code = '']) => code.replaceAll('`', ''))
  expect(explained).toEqual(expect.arrayContaining(Object.keys(problemKinds)))
})

describe('links', () => {
  for (const page of pages) {
    it(`of ${page.file} lead somewhere`, async () => {
      const dead: string[] = []
      for (const target of linksOf(page)) if (!(await leadsSomewhere(page.file, target))) dead.push(target)
      expect(dead).toEqual([])
    })
  }
})

async function leadsSomewhere(from: string, target: string): Promise<boolean> {
  if (/^[a-z]+:/.test(target)) return true
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(root, from) : join(root, dirname(from), path)
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return false
  return anchor === undefined || (found.isFile() && anchorsOf(await readFile(file, 'utf8')).has(anchor))
}

describe('YAML blocks that begin with a name', () => {
  const actions = new Map(corePack.actions.map((action) => [action.name, action]))
  for (const page of pages) {
    const workflows = blocksOf(page, 'yaml').filter((block) => /^(#.*\n)*name:/.test(block))
    if (workflows.length === 0) continue
    it(`of ${page.file} are whole and valid workflows`, () => {
      const problems = workflows.flatMap((source) => validateWorkflow(source, { actions, secrets: undefined }).problems)
      expect(problems).toEqual([])
    })
  }
})

describe('the configuration table', async () => {
  const source = await readFile(join(root, 'src/config.ts'), 'utf8')
  const declared = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): ?((?:.|\n(?! {2}[A-Z}]|\}))*)/gm)]
  const rows = tableRowsOf(pageOf('docs/operations.md')).filter(([name = '']) => /^`[A-Z_]+(<NAME>)?`$/.test(name))
  const documented = rows.map(([name = '']) => name.replaceAll('`', ''))

  it('names every variable that is read, and no other', () => {
    const read = [...declared.map(([, name = '']) => name), 'COUNTERSIGN_SECRET_<NAME>']
    expect(documented.toSorted()).toEqual(read.toSorted())
  })

  it('names the defaults that are taken', () => {
    const wrong = rows.filter(([name = '', fallback = '']) => {
      const [, value] = /^`([^`]+)`$/.exec(fallback) ?? []
      const [, , schema = ''] = declared.find(([, variable]) => `\`${variable}\`` === name) ?? []
      return value !== undefined && schema !== '' && !schema.replaceAll('_', '').includes(value.replaceAll('_', ''))
    })
    // Put together from HOST and PORT.
    expect(wrong.map(([name]) => name)).toEqual(['`COUNTERSIGN_URL`'])
  })
})
