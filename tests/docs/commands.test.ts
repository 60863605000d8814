import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { readConfig } from '../../src/config.ts'
import { exampleFiles, readExample } from '../examples/example-house.ts'
import { blocksOf, readPages, type Page } from './pages.ts'

/** The comments at the head of the examples say how to run them. */
const heads = exampleFiles.map(async (file) => {
  const comment = /^(?:#.*\n)+/.exec(await readExample(file))?.[0] ?? ''
  return { file: `examples/${file}`, text: `\`\`\`sh\n${comment.replaceAll(/^#/gm, ' ')}\n\`\`\`\n` }
})
const pages = [...(await readPages()), ...(await Promise.all(heads))]

/** The help of a command, as it is printed. */
async function helpOf(...words: readonly string[]): Promise<string> {
  const written: string[] = []
  const terminal: Terminal = {
    print: (...lines) => void written.push(...lines),
    complain: (...lines) => void written.push(...lines),
    write: (raw) => void written.push(raw),
    paint: (_, text) => text,
    ...{ isLive: false, canAsk: false, isErrorLive: false, isBroken: false },
    size: () => ({ columns: 200, rows: 50 }),
    ask: () => Promise.resolve(undefined),
    askHidden: () => Promise.resolve(undefined),
    readInput: () => Promise.resolve(''),
    onInterrupt: () => () => {},
  }
  await runCommandLine([...words, '--help'], terminal, () => readConfig({}))
  return written.join('\n')
}

function commandsIn(help: string): string[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n?)*)/m.exec(help) ?? []
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name)
}

const top = commandsIn(await helpOf())

/** Every `countersign …` in a page, by its words: in prose between backticks, in blocks of a shell by line. */
function callsIn(page: Page): string[] {
  const shell = blocksOf(page, 'sh', 'bash', 'console', 'text').join('\n').replaceAll('\\\n', ' ')
  const prose = [...page.text.matchAll(/`(?:npx )?(countersign [^`\n]+)`/g)].map(([, call = '']) => call)
  const lines = [...shell.matchAll(/(?:^|npx |\$ )(countersign [a-z].*)$/gm)].map(([, call = '']) => call)
  return [...prose, ...lines]
}

it('the command line names its commands in its help', () => {
  expect(top).toEqual(expect.arrayContaining(['run', 'serve', 'validate']))
})

describe('every command that a page names exists, with the options that it names', () => {
  for (const page of pages) {
    const calls = callsIn(page)
    if (calls.length === 0) continue
    it(`in ${page.file}`, async () => {
      const wrong: string[] = []
      for (const call of calls) if (!(await exists(call))) wrong.push(call)
      expect(wrong).toEqual([])
    })
  }
})

async function exists(call: string): Promise<boolean> {
  const [, first = '', second = ''] = call.split(/\s+/)
  if (first.startsWith('-')) return (await helpOf()).includes(first)
  if (!top.includes(first)) return false
  const below = commandsIn(await helpOf(first))
  const isGroup = below.length > 0 && second !== '' && !second.startsWith('-')
  if (isGroup && !below.includes(second)) return false
  const help = isGroup ? await helpOf(first, second) : await helpOf(first)
  const options = [...call.replaceAll(/'[^']*'|"[^"]*"/g, '').matchAll(/ (--[a-z-]+)/g)].map(
    ([, option = '']) => option,
  )
  return options.every((option) => help.includes(option))
}
