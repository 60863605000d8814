// Moves that are about one kind alone: what is decided on changes, is revoked, and tries to have its effect meanwhile.

import { ok } from '../../src/kernel/problem.ts'
import { convertDraft } from '../../src/governance/draft-conversion.ts'
import { discardDraft, editDraft } from '../../src/governance/draft-editing.ts'
import { submitDraft } from '../../src/governance/draft-submission.ts'
import { withdrawDraft } from '../../src/governance/draft-withdrawal.ts'
import { revokeGrants } from '../../src/governance/grants.ts'
import { changePolicies } from '../../src/governance/policies.ts'
import { saveGoverned } from '../../src/governance/save-governed.ts'
import { revokePreApproval } from '../../src/governance/template-approval.ts'
import { runTemplate } from '../../src/governance/template-runs.ts'
import { updateTemplate } from '../../src/governance/templates.ts'
import { activateWorkflow, switchOff } from '../../src/governance/workflows.ts'
import { workflowSchema } from '../../src/kernel/definition/workflow.ts'
import { appendAudit } from '../../src/record/audit.ts'
import { sendSignals } from '../../src/record/signals.ts'
import { findVersion } from '../../src/record/workflows.ts'
import { type Move, request } from './moves.ts'
import { childSource, type Kind, parsed, type Scene, sourceOf, start } from './subjects.ts'

export interface Played {
  /** Executions that the harness has started. */
  readonly executions: string[]
  /** What the gate itself answered, when it was asked with no engine. */
  readonly gates: { readonly executionId: string; readonly isOpen: boolean; readonly closure: string }[]
}

type Weighted = readonly [number, () => readonly Move[]]

export function movesOfKind(scene: Scene, played: Played): readonly Weighted[] {
  return special[scene.kind](scene, played)
}

const special: Record<Kind, (scene: Scene, played: Played) => readonly Weighted[]> = {
  activation: (scene, played) => [
    [2, () => [gatePass(scene, played)]],
    [1, () => [execution(scene, played)]],
    [1, () => [newVersion(scene)]],
    [0.7, () => [newChild(scene)]],
    [1.5, () => [revocation(scene)]],
    [0.5, () => [switching(scene)]],
    [0.5, () => [activation(scene)]],
  ],
  draft: (scene) => [
    [1.5, () => draftChange(scene)],
    [2, () => [conversion(scene)]],
    [0.5, () => [discarding(scene)]],
    [0.5, () => [newVersion(scene)]],
    [1, () => [revocation(scene)]],
  ],
  template: (scene) => [
    [2.5, () => [templateChange(scene)]],
    [3, () => [instantRun(scene)]],
    [1.5, () => [templateRevocation(scene)]],
  ],
  policy: (scene) => [[2, () => [policyChange(scene)]]],
  step: (scene, played) => [
    [1, () => [revocation(scene)]],
    [1, () => [gatePass(scene, played)]],
  ],
  run: (scene) => [[1, () => [cancellation(scene)]]],
}

/** The gate by itself, asked by an execution of which nothing else is known. */
function gatePass({ stage, tenant, version }: Scene, played: Played): Move {
  const play = async (): Promise<string> => {
    const found = await findVersion(stage.database.engine, tenant.id, version?.id ?? '')
    const action = stage.parts.registry.find('http.request')
    if (found === undefined || action === undefined) return 'gone'
    const workflow = workflowSchema.parse(found.definition)
    const executionId = stage.parts.newId()
    const passage = { tenantId: tenant.id, executionId, workflowId: found.workflowId, startedBy: 'test', title: 'Race' }
    const passed = await stage.gate.pass({
      ...passage,
      version: { id: found.id, version: found.version, workflow },
      action,
      config: {},
      leaves: 'http',
    })
    const isOpen = 'closureHash' in passed
    played.gates.push({ executionId, isOpen, closure: isOpen ? passed.closureHash : '' })
    return isOpen ? 'done' : 'not_countersigned'
  }
  return { name: 'the gate is asked', play }
}

function execution(scene: Scene, played: Played): Move {
  const { version, mark, tenant } = scene
  const play = async (): Promise<string> => {
    if (version === undefined) return 'gone'
    const tag = `${mark}-started-${played.executions.length}-${scene.stage.parts.newId()}`
    played.executions.push(await start(scene, version, tag, tenant.people.fay))
    return 'done'
  }
  return { name: 'an execution starts', play }
}

function newVersion(scene: Scene): Move {
  const { stage, tenant, dice } = scene
  const by = tenant.people[dice.pick(['adam', 'anna', 'bob'] as const)]
  const source = sourceOf(scene, dice.pick(['first', 'second', 'third']), dice.falls(0.3))
  const workflow = parsed(stage, source)
  return request(scene, `${by.name} saves a version`, stage.now, async (parts, client) =>
    ok(await saveGoverned(parts, client, by, { workflow, source })),
  )
}

function newChild(scene: Scene): Move {
  const { stage, tenant, mark } = scene
  const source = childSource(mark)
  const workflow = parsed(stage, source)
  return request(scene, 'the child is saved', stage.now, async (parts, client) =>
    ok(await saveGoverned(parts, client, tenant.people.olga, { workflow, source })),
  )
}

function revocation(scene: Scene): Move {
  const { tenant, version, approvalId } = scene
  const of = version === undefined ? { approvalId } : { versionId: version.id }
  return request(scene, 'the grant is revoked', scene.stage.now, async (parts, client) => {
    const entries = await revokeGrants(parts, client, { tenantId: tenant.id }, of, 'Not any more.')
    if (entries.length === 0) return { ok: false, problems: [{ code: 'not_found', message: 'Nothing to revoke' }] }
    await appendAudit(client, tenant.people.olga, entries)
    return ok(undefined)
  })
}

function switching(scene: Scene): Move {
  const { tenant, mark, dice } = scene
  const change = { name: mark, status: dice.pick(['inactive', 'deleted'] as const), precondition: () => ok(undefined) }
  return request(scene, `it becomes ${change.status}`, scene.stage.now, (parts, client) =>
    switchOff(parts, client, tenant.people.olga, change),
  )
}

function activation(scene: Scene): Move {
  const { tenant, mark } = scene
  const asked = { name: mark, precondition: () => ok(undefined) }
  return request(scene, 'somebody activates it', scene.stage.now, (parts, client) =>
    activateWorkflow(parts, client, tenant.people.fay, asked),
  )
}

function draftChange(scene: Scene): readonly Move[] {
  const { stage, tenant, requester, subjectId: id, mark } = scene
  const who = tenant.people[requester]
  const inputs = { tag: `${mark}-draft`, changed: 'yes' }
  const take = request(scene, 'the draft is taken back', stage.now, (parts, client) =>
    withdrawDraft(parts, client, who, { id, reason: 'To change it.' }),
  )
  const change = request(scene, 'the draft is edited', stage.now, (parts, client) =>
    editDraft(parts, client, who, {
      id,
      edit: { inputs: { tag: inputs.tag }, purpose: 'Another' },
      check: () => ok(0),
    }),
  )
  const again = request(scene, 'the draft is submitted again', stage.now, (parts, client) =>
    submitDraft(parts, client, who, { id }),
  )
  return scene.dice.pick([[take], [take, change], [take, change, again], [change]])
}

function conversion(scene: Scene): Move {
  const { stage, tenant, dice, subjectId: id } = scene
  const who = tenant.people[dice.pick(['olga', 'adam', scene.requester] as const)]
  return request(scene, `${who.name} converts the draft`, stage.now, (parts, client) =>
    convertDraft(parts, client, who, { id, starts: true }),
  )
}

function discarding(scene: Scene): Move {
  const { stage, tenant, requester, subjectId: id } = scene
  return request(scene, 'the draft is discarded', stage.now, (parts, client) =>
    discardDraft(parts, client, tenant.people[requester], id, null),
  )
}

function templateChange(scene: Scene): Move {
  const { stage, tenant, dice, mark } = scene
  const who = tenant.people[dice.pick(['bob', 'fay', 'adam'] as const)]
  const source = sourceOf(scene, dice.pick(['first', 'second', 'second']))
  return request(scene, `${who.name} edits the template`, stage.now, (parts, client) =>
    updateTemplate(parts, client, who, mark, { source }, () => ok(0)),
  )
}

function instantRun(scene: Scene): Move {
  const { stage, tenant, mark } = scene
  const inputs = { tag: `${mark}-instant-${stage.parts.newId()}` }
  return request(scene, 'the template runs', stage.now, (parts, client) =>
    runTemplate(parts, client, tenant.people.fred, { name: mark, inputs }),
  )
}

function templateRevocation(scene: Scene): Move {
  const { stage, tenant, mark } = scene
  return request(scene, 'the pre-approval is revoked', stage.now, (parts, client) =>
    revokePreApproval(parts, client, tenant.people.olga, { name: mark, reason: 'Not any more.' }),
  )
}

/** Raises something, so that what waits is a change of another policy; or lowers something else, which has to wait. */
function policyChange(scene: Scene): Move {
  const { stage, tenant, dice, mark } = scene
  const who = tenant.people[dice.pick(['olga', 'adam', 'anna'] as const)]
  const raise = { raised: { [`race.${mark.replaceAll('-', '_')}_${dice.below(2)}`]: 'B' as const } }
  const governance = dice.falls(0.7) ? raise : { internal_hosts: [`other-${mark}.example`] }
  return request(scene, `${who.name} changes the policy`, stage.now, (parts, client) =>
    changePolicies(parts, client, who, { kept: {}, governance }, () => ok(undefined)),
  )
}

/** A cancellation, as the engine takes it. */
function cancellation(scene: Scene): Move {
  const { stage, tenant, executionId } = scene
  const play = async (): Promise<string> => {
    const at = new Date(stage.now())
    const given = { tenantId: tenant.id, executionId: executionId ?? '', id: stage.parts.newId(), createdAt: at }
    await sendSignals(stage.database.engine, [{ ...given, kind: 'cancel', data: { by: 'operator' } }])
    return 'done'
  }
  return { name: 'its execution is cancelled', play }
}
