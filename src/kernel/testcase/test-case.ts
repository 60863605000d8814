// The shape of test cases: the one zod schema from which types, the JSON Schema for editors and the docs are made.

import { z } from 'zod'
import { jsonCopy } from '../definition/canonical-json.ts'
import type { JsonObject } from '../json.ts'
import { problemKinds, type ProblemCode } from '../problem.ts'

const codes = Object.keys(problemKinds).filter((code): code is ProblemCode => Object.hasOwn(problemKinds, code))
const object = z.record(z.string(), z.json())
const oneOrMany = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1).max(100)])
const stepList = z.array(z.string().min(1).max(200)).max(1000)

const mockSchema = z
  .union([
    z.strictObject({
      output: z.json().optional().describe('What the step gives; a sample of what its action gives when absent'),
      outcome: z.string().max(100).optional().describe('How it settles; completed when absent'),
    }),
    z.strictObject({
      fails: z
        .strictObject({
          code: z.enum(codes).describe('Such as http_failed'),
          message: z.string().max(4000).optional(),
          retry: z.boolean().optional().describe('Whether another attempt may succeed; as the code says when absent'),
        })
        .describe('The attempt fails'),
    }),
  ])
  .meta({ id: 'Mock', title: 'Mock' })

const answerSchema = z
  .union([
    z.enum(['approved', 'rejected', 'expired']).describe('How people decide, or that nobody answers in time'),
    z.strictObject({ form: object.describe('The fields as filled in') }),
    z.strictObject({ event: z.json().describe('The data of the event') }),
    z.strictObject({ callback: z.json().describe('What is posted') }),
  ])
  .meta({ id: 'Answer', title: 'Answer' })

const effectSchema = z
  .strictObject({
    step: z.string().min(1).max(100),
    kind: z.enum(['http', 'email', 'webhook', 'notification', 'execution', 'action']).optional(),
    to: oneOrMany(z.string()).optional().describe('Whom it must reach'),
    content: object.optional().describe('What it must hold; more may be there'),
  })
  .meta({ id: 'ExpectedEffect', title: 'Expected effect' })

const expectSchema = z
  .strictObject({
    status: z.enum(['completed', 'failed', 'waiting']).optional().describe('How the execution ends'),
    failure: z
      .strictObject({
        code: z.enum(codes).optional(),
        message: z.string().optional().describe('A part of the message'),
      })
      .optional(),
    path: stepList
      .optional()
      .describe(
        'The steps in the order in which they settle: [stock, sign_off.approved, check.skipped, send.failed]; those that no edge led to are left out',
      ),
    outputs: z.record(z.string(), z.json()).optional().describe('What steps give, by id; more fields may be there'),
    output: z.json().optional().describe('What the execution returns; more fields may be there'),
    effects: z.array(effectSchema).max(500).optional().describe('What happens outside, in any order; more may happen'),
    never: stepList.optional().describe('Steps that must not run'),
  })
  .meta({ id: 'Expectation', title: 'Expectation' })

export const testCaseSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe('What the case shows, as a sentence'),
    inputs: object.optional().describe('What the execution is given; the trigger when absent'),
    trigger: object.optional().describe('What the event or webhook brings; the inputs when absent'),
    now: z.iso.datetime({ offset: true }).optional().describe('When it starts'),
    mocks: z
      .record(z.string(), oneOrMany(mockSchema))
      .optional()
      .describe('What steps give instead of running; a list holds one entry for each attempt'),
    answers: z
      .record(z.string(), oneOrMany(answerSchema))
      .optional()
      .describe('What people, events and callbacks answer; approved, or a sample, when absent'),
    expect: expectSchema,
  })
  .meta({ id: 'TestCase', title: 'Test case' })

export const testCasesSchema = z.array(testCaseSchema).min(1).max(200).meta({ title: 'Countersign test cases' })

export type TestCase = z.infer<typeof testCaseSchema>
export type Expectation = z.infer<typeof expectSchema>
export type ExpectedEffect = z.infer<typeof effectSchema>
export type Mock = z.infer<typeof mockSchema>
export type GivenAnswer = z.infer<typeof answerSchema>

/** JSON Schema 2020-12 of a file of test cases, for editors. */
export function testCasesJsonSchema(): JsonObject {
  return object.parse(jsonCopy(z.toJSONSchema(testCasesSchema, { io: 'input' })))
}
