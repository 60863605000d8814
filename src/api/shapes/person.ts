// What the API's answers about people share.

import { z } from 'zod'
import { memberRoles, type Permission, permissionNames } from '../../kernel/access/permissions.ts'
import { moment } from './workflow.ts'

// However an id is written, caches and the audit know it in one way.
export const id = z.uuid().toLowerCase()

/** Of a path that ends in the id of `what`. */
export const idParams = (what: string) => z.strictObject({ id: id.meta({ description: `The id of ${what}.` }) })

/**
 * One line of text that can be seen: without characters that control, break lines or turn the direction of writing, and
 * composed (Unicode NFC), so that what looks alike is alike.
 */
export const label = (most: number) =>
  z
    .string()
    .trim()
    .normalize('NFC')
    .min(1)
    .max(most)
    .refine((text) => visibleLine.test(text), 'must be one line of text')

const visibleLine = /^(?=.*[\p{L}\p{N}\p{P}\p{S}])[^\p{Cc}\u2028-\u202e\u2066-\u2069\ufeff]*$/u

export const memberRole = z
  .enum(memberRoles)
  .meta({ id: 'MemberRole', description: 'What a member may do: the table of roles and permissions says it.' })

export const approverRoles = z
  .array(
    z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'must be a name such as finance_manager')
      .max(60),
  )
  .max(50)
  .meta({ description: 'Free names that approvals and notifications can ask for.', examples: [['finance_manager']] })

export const email = z.email().max(254)

// The list is made of the table's keys, so it has one.
const [firstPermission = 'me:read', ...otherPermissions] = permissionNames
export const permission = z.enum([firstPermission, ...otherPermissions] satisfies [Permission, ...Permission[]])

export const createdBy = z.string().meta({ description: '`member:<id>`, `agent:<id>` or `operator`.' })

export const time = moment
export const maybeTime = moment.nullable()

export const etag = { ETag: 'For `If-Match` of an edit.' }
