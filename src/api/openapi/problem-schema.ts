// What every answer looks like that is not a success (RFC 9457).

import type { JsonObject } from '../../kernel/json.ts'
import { type ProblemCode, problemKinds } from '../../kernel/problem.ts'

export const problemSchemaName = 'Problem'

const text = (description: string): JsonObject => ({ type: 'string', description })

export const problemSchema: JsonObject = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code', 'errors'],
  properties: {
    type: text('`urn:countersign:problem:` and the code.'),
    title: text('What the code means.'),
    status: { type: 'integer' },
    detail: text('What is wrong here, in one sentence.'),
    code: text('One of the codes in the reference of problems.'),
    errors: {
      type: 'array',
      description: 'All that is wrong, the first of them as above.',
      items: {
        type: 'object',
        required: ['code', 'message'],
        properties: {
          code: { type: 'string' },
          message: { type: 'string' },
          hint: text('What to do about it.'),
          pointer: text('JSON Pointer (RFC 6901) into the body or the definition.'),
          line: { type: 'integer', description: 'In the YAML, from 1.' },
          column: { type: 'integer', description: 'In the YAML, from 1.' },
        },
      },
    },
  },
}

/** The answers that problems of some codes become, one for each status. */
export function problemAnswers(codes: readonly ProblemCode[]): JsonObject {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status)
  return Object.fromEntries(
    [...byStatus].toSorted(([a], [b]) => a - b).map(([status, those]) => [String(status), problemAnswer(those)]),
  )
}

function problemAnswer(codes: readonly ProblemCode[]): JsonObject {
  const examples = codes.map((code): [string, JsonObject] => [code, { value: exampleOf(code) }])
  return {
    description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: { $ref: `#/components/schemas/${problemSchemaName}` },
        examples: Object.fromEntries(examples),
      },
    },
  }
}

function exampleOf(code: ProblemCode): JsonObject {
  const { title, status } = problemKinds[code]
  const detail = `${title}.`
  return { type: `urn:countersign:problem:${code}`, title, status, detail, code, errors: [{ code, message: detail }] }
}
