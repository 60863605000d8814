// The gate: what is of class C goes through it with a valid grant for exactly what runs now, or not at all.

import type { Impact } from '../../kernel/definition/action-shape.ts'
import type { Workflow } from '../../kernel/definition/workflow.ts'
import { childNamesOf } from '../../kernel/impact/child-names.ts'
import { stepSendsMail } from '../../kernel/impact/sends-mail.ts'
import { type Governance, parseGovernance } from '../../kernel/policy/governance-policy.ts'
import { isJsonObject, type Json } from '../../kernel/json.ts'
import type { ActionError, RegisteredAction } from '../../packs/kit.ts'
import type { Queryable } from '../../record/database.ts'
import { type Child, findChildren, type GateFacts, listPastGrants, readGate } from '../../record/grants.ts'
import { readGovernance } from '../../record/policies.ts'
import { findWorkflow } from '../../record/workflows.ts'
import { pastTrouble } from '../worker/passing.ts'
import { closureContent, closureHash, hashOf } from './closure.ts'
import { internalHosts } from './internal-hosts.ts'
import { refusal } from './refusal.ts'
import { type GateRules, RulesCache, rulesFrom } from './rules.ts'
import { classesOf, type Find, type StepClasses } from './step-class.ts'

/** A version as the gate sees it. */
export interface GatedVersion {
  readonly id: string
  readonly version: number
  readonly workflow: Workflow
}

/** What asks to go through. */
export interface Passage {
  readonly tenantId: string
  readonly executionId: string
  readonly workflowId: string
  readonly startedBy: string
  readonly version: GatedVersion
  /** `Step mail (email.send)`. */
  readonly title: string
  readonly action: RegisteredAction
  /** Resolved. */
  readonly config: Json
  /** At the door, where it is known what leaves. */
  readonly leaves?: 'http' | 'mail'
}

/** What was found at a gate that is open: under which policy, and with which workflows below. */
export interface Passed {
  readonly governance: Governance
  readonly closureHash: string
  readonly children: readonly Child[]
}

interface GateParts {
  readonly db: Queryable
  readonly now: () => number
  /** Hosts of the installation, as in its allow-list. */
  readonly internalHosts: readonly string[]
}

/** What is read for many steps is not given up with one of them. */
const neverAborted = new AbortController().signal

export class Gate {
  readonly db: Queryable
  readonly now: () => number
  private readonly isOfInstallation: (host: string) => boolean
  private readonly rules: RulesCache
  private readonly known = new WeakMap<GatedVersion, StepClasses>()
  private readonly hashes = new WeakMap<GatedVersion, string>()

  constructor({ db, now, internalHosts: hosts }: GateParts) {
    this.db = db
    this.now = now
    this.isOfInstallation = internalHosts(hosts)
    const read = (tenantId: string) => pastTrouble(() => readGovernance(db, tenantId), neverAborted)
    this.rules = new RulesCache(read, now)
  }

  /** At once when they are at hand: what classes go by. */
  rulesOf(tenantId: string): GateRules | Promise<GateRules> {
    return this.rules.get(tenantId)
  }

  /** Whether class C needs nobody's approval, as the policy stands at this moment. */
  async isOpen(tenantId: string): Promise<boolean> {
    return rulesFrom(await readGovernance(this.db, tenantId)).isOpen
  }

  isInternal(host: string, { surroundings }: GateRules): boolean {
    return this.isOfInstallation(host) || surroundings.isInternal(host)
  }

  /** The classes of a version's steps; worked out once while the rules are the same. */
  classesOf(version: GatedVersion, rules: GateRules, find: Find): StepClasses {
    const known = this.known.get(version)
    if (known?.rules === rules) return known
    const classes = classesOf(version.workflow, rules, find)
    this.known.set(version, classes)
    return classes
  }

  /** The class of a workflow that a step starts, with all that it starts in turn. One that is not known is C. */
  async impactOfChild(
    tenantId: string,
    name: string,
    load: (versionId: string) => GatedVersion | Promise<GatedVersion>,
    rules: GateRules,
    find: Find,
  ): Promise<Impact> {
    const children = await findChildren(this.db, tenantId, [name])
    if (!children.some((child) => child.name === name)) return 'C'
    let highest: Impact = 'A'
    for (const { versionId } of children) {
      const { steps, compensations } = this.classesOf(await load(versionId), rules, find)
      for (const { impact } of [...steps, ...compensations]) if (impact > highest) highest = impact
    }
    return highest
  }

  /** Asks with one statement. What it refuses it returns as an error, `not_countersigned`, that says what is missing or has changed. */
  async pass(passage: Passage): Promise<Passed | ActionError> {
    const { tenantId, executionId, version } = passage
    const now = new Date(this.now())
    const children = childNamesOf(version.workflow)
    const facts = await readGate(this.db, { tenantId, executionId, versionId: version.id, children, now })
    const governance = parseGovernance(facts.governance)
    const hash = closureHash(this.definitionHash(version), facts.children)
    const passed = { governance, closureHash: hash, children: facts.children }
    const missing = missingActs(neededActs(passage, governance), facts, hash)
    if (missing.length === 0) return passed
    const current = await findWorkflow(this.db, tenantId, version.workflow.name)
    return refusal({
      title: passage.title,
      workflow: version.workflow.name,
      version: version.version,
      versionId: version.id,
      current: current?.version,
      missing,
      contentHash: hash,
      content: closureContent(version.workflow, facts.children),
      now: now.getTime(),
      past: await listPastGrants(this.db, tenantId, passage.workflowId, executionId),
    })
  }

  /** Of what runs, not of what is stored beside it. */
  private definitionHash(version: GatedVersion): string {
    const known = this.hashes.get(version) ?? hashOf(version.workflow)
    this.hashes.set(version, known)
    return known
  }
}

function neededActs({ startedBy, action, config, leaves }: Passage, governance: Governance): string[] {
  const { activate, schedule, send } = governance.classes.C
  const mails = leaves === 'mail' || stepSendsMail({ action: action.name, config: isJsonObject(config) ? config : {} })
  return [
    ...(activate === 'none' ? [] : ['activate_workflow']),
    ...(schedule !== 'none' && startedBy.startsWith('schedule:') ? ['enable_schedule'] : []),
    ...(send !== 'none' && mails ? ['send_emails'] : []),
  ]
}

/** Several approvals may have allowed one act each. What was approved for one execution or a template may run by that. */
function missingActs(needed: readonly string[], { grants }: GateFacts, hash: string): string[] {
  const countersigned = grants
    .filter(({ contentHash }) => contentHash === hash)
    .flatMap(({ kind, acts }) => (kind === 'activation' ? acts : [...acts, 'activate_workflow']))
  const allowed = new Set(countersigned)
  return needed.filter((act) => !allowed.has(act))
}
