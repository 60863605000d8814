// What the YAML parser complains of, in words for the person who wrote the file.

import type { YAMLError } from 'yaml'
import type { SourceFault } from './yaml-tree.ts'

interface Wording {
  readonly message: string
  readonly hint: string
}

const wordings: Partial<Record<YAMLError['code'], Wording>> = {
  BAD_ALIAS: {
    message: 'This `*` begins an alias without a proper name.',
    hint: 'Put the text in quotes if no alias is meant.',
  },
  BAD_DIRECTIVE: {
    message: 'This line begins with `%` but is no directive that is understood.',
    hint: 'Remove the line.',
  },
  BAD_DQ_ESCAPE: {
    message: 'This backslash begins no known escape.',
    hint: 'Write `\\\\` for a backslash, or use single quotes.',
  },
  BAD_INDENT: { message: 'The indentation does not fit.', hint: 'Indent entries of one list or mapping alike.' },
  BAD_SCALAR_START: {
    message: 'A text cannot begin with this character unless it is quoted.',
    hint: 'Put the text in quotes.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'A mapping or list begins where a plain value stands.',
    hint: 'Put a text that contains ": " in quotes; put a nested mapping or list on its own, indented lines.',
  },
  BLOCK_IN_FLOW: {
    message: 'Indented lists and mappings cannot stand inside `[ ]` or `{ }`.',
    hint: 'Use one of the two forms throughout.',
  },
  KEY_OVER_1024_CHARS: { message: 'This key is longer than 1,024 characters.', hint: 'Shorten it.' },
  MISSING_CHAR: { message: 'This line is not a `key: value`.', hint: 'Write a colon and a space after the key.' },
  MULTILINE_IMPLICIT_KEY: {
    message: 'This line is not a `key: value`.',
    hint: 'Write a colon and a space after the key, and indent it like its neighbours.',
  },
  MULTIPLE_DOCS: {
    message: 'A second document begins here; a definition is one document.',
    hint: 'Put each workflow in a file of its own, and remove `---`.',
  },
  NON_STRING_KEY: { message: 'A list or a mapping cannot be a key.', hint: 'Use a plain name, or quote it.' },
  RESOURCE_EXHAUSTION: {
    message: 'The definition is nested too deeply.',
    hint: 'Flatten it, or move the data out of it.',
  },
  TAB_AS_INDENT: { message: 'A tab indents this line.', hint: 'YAML is indented with spaces only.' },
  TAG_RESOLVE_FAILED: {
    message:
      'Tags beyond the basic ones (`!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!map`, `!!seq`) are not supported.',
    hint: 'Remove the tag, or quote the text if none is meant.',
  },
  UNEXPECTED_TOKEN: {
    message: 'This does not belong here.',
    hint: 'A quote may be missing around a text, or a line break before it.',
  },
}

/** Codes that the parser uses for several mistakes, told apart by its own words. */
const finerWordings: readonly (readonly [RegExp, Wording])[] = [
  [
    /^Sequence item without/,
    {
      message: 'This line is indented like an entry of the list above, but has no `-`.',
      hint: 'Indent it like the other fields, or begin it with `- `.',
    },
  ],
  [/^Missing closing/, { message: 'A quote above is never closed.', hint: 'Close it where the text ends.' }],
  [
    /end with a [\]}]/,
    { message: 'A bracket above is not closed here.', hint: 'Close each `[` and `{`, and indent what stands inside.' },
  ],
]

const otherwise: Wording = {
  message: 'This cannot be read as YAML.',
  hint: 'Anchors, tags and values each stand once, in that order.',
}

const bareExpression: Wording = {
  message: 'An expression must stand in quotes: YAML reads `{{` as the beginning of a mapping.',
  hint: 'Write "{{ … }}".',
}

const maxFaults = 20

/** One fault for each line, since what follows on a line that is already wrong is rarely a mistake of its own. */
export function syntaxFaults(
  errors: readonly YAMLError[],
  source: string,
  lineOf: (offset: number) => number,
): readonly SourceFault[] {
  const byLine = new Map<number, SourceFault>()
  for (const { code, pos, message: said } of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const [at] = pos
    if (byLine.size === maxFaults) break
    const isBare = code === 'NON_STRING_KEY' && source.startsWith('{{', at - 1)
    const finer = finerWordings.find(([words]) => words.test(said))?.[1]
    const { message, hint } = isBare ? bareExpression : (finer ?? wordings[code] ?? otherwise)
    const line = lineOf(at)
    // At the beginning of the text the outer brace is what is complained of.
    const offset = isBare ? Math.max(at - 1, 0) : at
    const fault: SourceFault = { code: 'yaml_syntax', pointer: '', offset, message, hint }
    if (!byLine.has(line)) byLine.set(line, fault)
  }
  return [...byLine.values()]
}
