// A tenant with one of everything that an operation can be about, and callers of each role.

import type { MemberRole, Role } from '../../src/kernel/access/permissions.ts'
import { roles } from '../../src/kernel/access/permissions.ts'
import type { ApprovalKind } from '../../src/record/approval-row.ts'

export interface World extends GovernedWorld {
  readonly tenantId: string
  readonly slug: string
  readonly workflow: string
  /** Executions: one waits for an approval and a form, one is paused, one has failed, one has completed. */
  readonly waiting: string
  readonly paused: string
  readonly failed: string
  readonly completed: string
  /** Of the waiting execution; it asks everybody but the viewer. */
  readonly approval: string
  readonly form: string
  readonly webhook: string
  readonly schedule: string
  readonly secret: string
  readonly member: string
  readonly agent: string
  readonly agentKey: string
  readonly invitation: string
  /** Nothing waits for it. */
  readonly council: string
  readonly subscription: string
  readonly delivery: string
  readonly keys: Readonly<Record<Role, { readonly id: string; readonly text: string }>>
}

/** What people decide on, and what they decide with. */
export interface GovernedWorld {
  readonly members: Readonly<Record<MemberRole, string>>
  /** A council of admin, operator and viewer, any of whom suffices. */
  readonly board: string
  /** Workflows of class C: the activation of one is asked for, that of the other is approved. */
  readonly critical: string
  readonly held: string
  /** What waits of each kind but `step`; asked for by the owner, that of a draft by the builder. */
  readonly asks: Readonly<Record<Exclude<ApprovalKind, 'step'>, string>>
  /** Of the paused execution: the owner has handed it to the viewer. */
  readonly handed: string
  readonly template: string
  readonly templateId: string
  /** Templates: one is pre-approved by the board, one waits for it, one is deleted. */
  readonly instant: string
  readonly asked: string
  readonly deleted: string
  /** By who made them, in editing. The viewer makes none: theirs is the one that asks them. */
  readonly drafts: Readonly<Record<Role, string>>
  /** By the builder, waiting for the board. */
  readonly submitted: string
  /** By the operator; of two, one is converted and one is reopened. */
  readonly approved: string
  readonly ready: string
  /** On the drafts of each, said by them. */
  readonly comments: Readonly<Record<Role, string>>
  /** Of the operator. */
  readonly absence: string
}

/** What of a world another world has instead, as pairs: what is replaced by what is foreign. */
export function counterparts(own: World, foreign: World): readonly (readonly [string, string])[] {
  return [...new Map(namesOf(own).map((name, at) => [name, namesOf(foreign)[at] ?? ''] as const))]
}

/** All that names something in a world, in an order that is that of every world. */
export function namesOf(world: World): readonly string[] {
  const others = new Set(['keys', 'tenantId', 'slug'])
  const byName = (object: object) => Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const names = byName(world)
    .filter(([name]) => !others.has(name))
    .flatMap(([, member]) => (typeof member === 'string' ? [member] : byName(member).map(([, name]) => String(name))))
  return [...names, ...roles.map((role) => world.keys[role].id)]
}
