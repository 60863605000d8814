// What a tenant's policy says: what each class needs, which actions are raised, which hosts are internal, who may not decide.

import { z } from 'zod'
import type { Impact } from '../definition/action-shape.ts'
import { parseDuration } from '../schedule/duration.ts'

/** What a class may need an approval for: to be activated, to have its schedule switched on, to run, to send e-mails. */
export const needs = ['activate', 'schedule', 'run', 'send'] as const
export type Need = (typeof needs)[number]

export const impacts = ['A', 'B', 'C'] as const satisfies readonly Impact[]

/** How long an approval lives whose rule does not say. */
const usualExpiry = '7d'

const duration = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'must be a duration such as 30m, 24h or 7d')
  .meta({ description: 'A duration such as 30m, 24h or 7d.' })
const name = z.string().min(1).max(100)
const listOf = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(100)

const approversSchema = z.union([
  z.strictObject({ role: name }),
  z.strictObject({ roles: listOf(name) }),
  z.strictObject({ council: name }),
  z.strictObject({ members: listOf(z.email().max(320)) }),
])

export const ruleSchema = z
  .union([
    z.literal('none'),
    z.strictObject({
      approvers: approversSchema,
      quorum: z.union([z.int().min(1).max(1000), z.enum(['majority', 'unanimous'])]),
      expires_in: duration.optional(),
    }),
  ])
  .meta({ description: 'Who approves, and how many of them; `none`: nobody is asked.' })

export const classSchema = z.strictObject({
  activate: ruleSchema,
  schedule: ruleSchema,
  run: ruleSchema,
  send: ruleSchema,
  tests_required: z.boolean().optional().meta({ description: 'Whether the tests of the version must have passed.' }),
})

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** The fields of a governance policy, one by one. */
export const governanceFields = {
  classes: z.strictObject({ A: classSchema, B: classSchema, C: classSchema }),
  raised: z
    .record(name, z.enum(['B', 'C']))
    .meta({ description: 'Actions that count as this class, or as a higher one where their own is higher.' }),
  internal_hosts: z
    .array(
      z.string().max(260).regex(hostPattern, 'must be a host in lower case such as crm.example or crm.example:8443'),
    )
    .max(200)
    .meta({ description: 'Hosts that are the tenant’s own: what only goes there is class B.' }),
  separation: z
    .array(z.enum(['requester', 'author', 'last_editor']))
    .max(3)
    .meta({ description: 'Whose hands keep a member from deciding.' }),
  edit_and_approve: z.boolean().meta({ description: 'Whether approvers may change what they approve.' }),
  reminders: duration.nullable().meta({ description: 'How often those who have not decided are reminded.' }),
  on_expiry: z
    .union([z.literal('reject'), z.strictObject({ escalate_to: approversSchema })])
    .meta({ description: 'What happens when time is up. Nothing is ever approved by waiting.' }),
}

export const governanceSchema = z.strictObject(governanceFields)

export type Governance = z.infer<typeof governanceSchema>
export type ClassPolicy = z.infer<typeof classSchema>
export type PolicyRule = z.infer<typeof ruleSchema>
export type AskingRule = Exclude<PolicyRule, 'none'>

const nothing: ClassPolicy = { activate: 'none', schedule: 'none', run: 'none', send: 'none' }
const governors: AskingRule = { approvers: { roles: ['owner', 'admin'] }, quorum: 1 }

/** What a tenant goes by that has settled nothing. */
export const defaultGovernance: Governance = {
  classes: {
    A: nothing,
    B: nothing,
    C: { activate: governors, schedule: governors, run: 'none', send: governors },
  },
  raised: {},
  internal_hosts: [],
  separation: ['requester', 'author', 'last_editor'],
  edit_and_approve: false,
  reminders: '24h',
  on_expiry: 'reject',
}

/** Who decides on a change that lowers something, whatever the policy says of classes. */
export const policyRule: AskingRule = governors

/** The policy as stored; null is the default. Throws for what was never stored by this product. */
export function parseGovernance(stored: unknown): Governance {
  return stored === null || stored === undefined ? defaultGovernance : governanceSchema.parse(stored)
}

/** How long an approval of a rule lives, in milliseconds. */
export function expiryMs({ expires_in: given = usualExpiry }: Pick<AskingRule, 'expires_in'>): number | undefined {
  return parseDuration(given)
}

/** The fields of a change: classes and raised actions one by one (null takes a raise away), everything else as a whole. */
export const governanceChange = z.strictObject({
  ...governanceFields,
  classes: z.strictObject({ A: classSchema.partial(), B: classSchema.partial(), C: classSchema.partial() }).partial(),
  raised: z.record(name, z.enum(['B', 'C']).nullable()),
})

export type GovernanceChange = {
  readonly [Key in keyof z.infer<typeof governanceChange>]?: z.infer<typeof governanceChange>[Key] | undefined
}

/** The policy with a change. */
export function changedGovernance(before: Governance, change: GovernanceChange): Governance {
  const given = Object.entries({ ...change, classes: undefined, raised: undefined }).filter(
    ([, value]) => value !== undefined,
  )
  const raised = Object.entries({ ...before.raised, ...change.raised }).filter(([, impact]) => impact !== null)
  return governanceSchema.parse({
    ...before,
    ...Object.fromEntries(given),
    classes: {
      A: changedClass(before.classes.A, change.classes?.A),
      B: changedClass(before.classes.B, change.classes?.B),
      C: changedClass(before.classes.C, change.classes?.C),
    },
    raised: Object.fromEntries(raised),
  })
}

function changedClass(before: ClassPolicy, change: object = {}): object {
  return { ...before, ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) }
}
