// A page as the steps that a reader takes: files to save, commands to run, and what the page says they print.

import type { Page } from './pages.ts'

export interface Step {
  readonly kind: 'run' | 'file'
  /** The commands, or what the file holds. */
  readonly text: string
  /** Of a file. */
  readonly name: string
  /** A remark for the walk alone, from a comment before the block. */
  readonly remark: string
  /** Of commands: the block after them, if it is one of output. */
  readonly shown: Shown | undefined
}

export interface Shown {
  readonly language: 'json' | 'text'
  readonly text: string
}

interface Block {
  readonly before: string
  readonly language: string
  readonly text: string
}

/** Blocks of a shell are run, blocks after "Save this as `name`:" are saved, blocks of text and JSON after commands are compared. */
export function stepsOf({ text }: Page): Step[] {
  const pieces = text.split(/^```/m)
  const blocks: Block[] = []
  for (let index = 1; index < pieces.length; index += 2) {
    const [, language = '', body = ''] = /^(\w*)\n([^]*)$/.exec(pieces[index] ?? '') ?? []
    blocks.push({ before: pieces[index - 1] ?? '', language, text: body })
  }
  return blocks.flatMap((block, index) => stepOf(block, blocks[index + 1]))
}

function stepOf({ before, language, text }: Block, next: Block | undefined): Step[] {
  const [, remark = ''] = /<!-- walk: (.+) -->\s*$/.exec(before) ?? []
  const [, name = ''] = /[Ss]ave this as `([^`]+)`[^\n]*:\s*$/.exec(before) ?? []
  if (name !== '') return [{ kind: 'file', text, name, remark, shown: undefined }]
  if (language === 'text' && remark !== '') return [{ kind: 'run', text: '', name, remark, shown: { language, text } }]
  return language === 'sh' ? [{ kind: 'run', text, name, remark, shown: shownIn(next) }] : []
}

function shownIn(next: Block | undefined): Shown | undefined {
  if (next === undefined || next.before.includes('walk:')) return undefined
  const { language, text } = next
  return language === 'json' || language === 'text' ? { language, text } : undefined
}

/** What the page shows and the output has not: each line, in this order; in JSON, each member. `…` stands for anything. */
export function differenceOf({ language, text }: Shown, output: string): string | undefined {
  if (language === 'json') return jsonDifference('answer', JSON.parse(text), parsed(output))
  let from = 0
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const found = patternOf(line).exec(output.slice(from))
    if (found === null) return `no line "${line}"`
    from += found.index + found[0].length
  }
  return undefined
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch {
    return output
  }
}

function jsonDifference(path: string, shown: unknown, real: unknown): string | undefined {
  if (typeof shown === 'string' && typeof real === 'string') {
    return patternOf(shown).test(real) ? undefined : `${path} is "${real}", not "${shown}"`
  }
  if (typeof shown !== 'object' || shown === null) {
    return shown === real ? undefined : `${path} is ${JSON.stringify(real)}, not ${JSON.stringify(shown)}`
  }
  if (typeof real !== 'object' || real === null) return `${path} is ${JSON.stringify(real)}`
  if (Array.isArray(shown) && (!Array.isArray(real) || real.length !== shown.length)) {
    return `${path} has other entries: ${JSON.stringify(real)}`
  }
  const inside = new Map(Object.entries(real))
  for (const [name, value] of Object.entries(shown)) {
    const difference = jsonDifference(`${path}.${name}`, value, inside.get(name))
    if (difference !== undefined) return difference
  }
  return undefined
}

const patternOf = (text: string): RegExp =>
  new RegExp(
    text
      .trim()
      .split('…')
      .map((part) => RegExp.escape(part))
      .join('.*'),
  )
