// What a tenant's policy says to the gate, read once in a while rather than for each step.

import type { Impact } from '../../kernel/definition/action-shape.ts'
import type { Surroundings } from '../../kernel/impact/classify.ts'
import type { Governance } from '../../kernel/policy/governance-policy.ts'
import { internalHosts } from './internal-hosts.ts'

export interface GateRules {
  readonly governance: Governance
  /** The tenant's hosts; those of the installation are known to the actions. */
  readonly surroundings: Surroundings
  readonly raised: ReadonlyMap<string, Impact>
  /** Whether class C needs nobody's approval for anything. */
  readonly isOpen: boolean
}

export function rulesFrom(governance: Governance): GateRules {
  const { activate, schedule, run, send } = governance.classes.C
  return {
    governance,
    surroundings: { isInternal: internalHosts(governance.internal_hosts) },
    raised: new Map(Object.entries(governance.raised)),
    isOpen: [activate, schedule, run, send].every((rule) => rule === 'none'),
  }
}

/** How long a raise, or a host that is no longer internal, may go unseen. Approvals are never read from here. */
const freshMs = 2000

interface Entry {
  readonly loading: Promise<GateRules>
  readonly until: number
  loaded?: GateRules
}

export class RulesCache {
  private readonly load: (tenantId: string) => Promise<Governance>
  private readonly now: () => number
  private readonly entries = new Map<string, Entry>()

  constructor(load: (tenantId: string) => Promise<Governance>, now: () => number) {
    this.load = load
    this.now = now
  }

  /** At once when they are at hand. */
  get(tenantId: string): GateRules | Promise<GateRules> {
    const known = this.entries.get(tenantId)
    if (known !== undefined && known.until > this.now()) return known.loaded ?? known.loading
    const loading = this.load(tenantId).then(rulesFrom)
    const entry: Entry = { loading, until: this.now() + freshMs }
    loading.then(
      (rules) => (entry.loaded = rules),
      () => this.entries.get(tenantId) === entry && this.entries.delete(tenantId),
    )
    this.entries.set(tenantId, entry)
    return loading
  }
}
