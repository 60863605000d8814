// Ways on which people's decision on something else countersigns an effect: drafts and pre-approved templates.

import { convertDueDrafts } from '../../src/governance/draft-keeper.ts'
import type { Json, JsonObject } from '../../src/kernel/json.ts'
import { type EffectPath, emit, parkedAs, plainPaths, post, type Round, waiting } from './paths.ts'

/** Made and submitted by Ben, approved by Ana. Returns its id. */
export async function approvedDraft(round: Round, what: JsonObject): Promise<string> {
  const { ben } = round.house
  const { id } = await post(round, '/drafts', { name: round.name, ...what }, ben)
  await submitted(round, id)
  return String(id)
}

async function submitted(round: Round, id: Json | undefined): Promise<void> {
  const { approval_id: approvalId } = await post(round, `/drafts/${String(id)}/submit`, {}, round.house.ben)
  await post(round, `/approvals/${String(approvalId)}/decision`, { decision: 'approve' })
}

export const sourceOf = (round: Round): JsonObject => ({ source: JSON.stringify(waiting(round)) })
const existing = ({ name }: Round): JsonObject => ({ workflow: name })

/** Converted, its execution waits before the effect. */
const converted =
  (what: (round: Round) => JsonObject): NonNullable<EffectPath['prepare']> =>
  async (round) => {
    await post(round, `/drafts/${await approvedDraft(round, what(round))}/convert`, {}, round.house.ben)
    return parkedAs(round)
  }

const convertedByTheClock: NonNullable<EffectPath['prepare']> = async (round) => {
  const at = Date.now() + 60_000
  await approvedDraft(round, { ...sourceOf(round), schedule: { at: new Date(at).toISOString() } })
  const { api } = round.house
  await convertDueDrafts({ ...api.parts, now: () => at, log: () => {} }, at)
  return parkedAs(round)
}

/** By Ben, approved by the council of Ana and Cleo. */
async function preApproved(round: Round): Promise<void> {
  const { ben, ana, cleo } = round.house
  const { name } = round
  const about = { title: 'Effect', description: '', category: 'test', tags: [], default_inputs: {} }
  const fields = { required_fields: [], optional_fields: [], approved_copy_blocks: {} }
  await post(round, '/templates', { name, ...about, ...fields, ...sourceOf(round) }, ben)
  const asked = await post(round, `/templates/${name}/pre-approval`, { council: 'gatekeepers' }, ben)
  for (const who of [ana, cleo])
    await post(round, `/approvals/${String(asked['approval_id'])}/decision`, { decision: 'approve' }, who)
}

const ofTemplate = ({ name }: Round): string => `template-${name}`
const reviewed = { workflow: waiting, isReviewed: true, isOld: true, start: (round: Round) => emit(round) } as const

export const paths: Readonly<Record<string, EffectPath>> = {
  ...plainPaths,
  'a draft with a definition of its own': {
    ...reviewed,
    startedBy: 'member',
    isUnsaved: true,
    prepare: converted(sourceOf),
  },
  'a draft of a workflow that exists': { ...reviewed, startedBy: 'member', prepare: converted(existing) },
  'a draft that is converted by the clock': {
    ...reviewed,
    startedBy: 'draft',
    isUnsaved: true,
    prepare: convertedByTheClock,
  },
  'an instant run of a pre-approved template': {
    ...reviewed,
    startedBy: 'member',
    isUnsaved: true,
    runs: ofTemplate,
    prepare: async (round) => {
      await preApproved(round)
      await post(round, `/templates/${round.name}/run`, {})
      return parkedAs(round, ofTemplate(round))
    },
  },
  'a draft of a pre-approved template': {
    ...reviewed,
    isOld: false,
    startedBy: 'member',
    isUnsaved: true,
    runs: ofTemplate,
    prepare: async (round) => {
      await preApproved(round)
      const { draft_id: id } = await post(round, `/templates/${round.name}/use`, {}, round.house.ben)
      await post(round, `/drafts/${String(id)}/convert`, {}, round.house.ben)
      return parkedAs(round, ofTemplate(round))
    },
  },
}
