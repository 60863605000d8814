// What approvals promise when everything happens at once: one end, no vote by whoever asked, and nobody waits for each other for ever.

import { beforeEach, expect, test } from 'vitest'
import { openApprovals } from './approvals.test-kit.ts'

const house = await openApprovals()
const { send, ask, id } = house
beforeEach(() => house.begin())

const rounds = 12

test('votes, a withdrawal, more time, a delegation and a member who leaves settle to one end', async () => {
  await house.govern({ separation: ['requester'], edit_and_approve: true })
  for (let round = 0; round < rounds; round += 1) {
    const approval = await ask({ approvers: { roles: ['finance_manager', 'operator'] }, quorum: 1, item: round })
    const at = `/approvals/${approval}`
    const until = new Date(Date.now() + 7_200_000).toISOString()
    const answers = await Promise.all([
      send('dora', 'POST', `${at}/decision`, { decision: 'approve' }),
      send('ben', 'POST', `${at}/decision`, { decision: 'approve', edit: { round } }),
      send('cleo', 'POST', '/approvals/decisions', { ids: [approval], decision: 'approve' }),
      send('cleo', 'POST', `${at}/decision`, { decision: 'approve' }),
      send('ana', 'POST', `${at}/withdrawal`, { reason: 'No' }),
      send('dora', 'POST', `${at}/extension`, { expires_at: until }),
      send('ana', 'POST', `${at}/delegate`, { member: id('dora') }),
      ...(round === rounds - 1 ? [send('ana', 'DELETE', `/members/${id('ben')}`)] : []),
    ])
    expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
    expect(answers[0].status).not.toBe(200)
    const seen = (await send('ana', 'GET', at)).body
    expect(['approved', 'withdrawn']).toContain(seen.status)
    const decisions = (await house.signals()).filter(
      ({ data }) => JSON.stringify(data).includes(approval) && JSON.stringify(data).includes('"decision"'),
    )
    expect(decisions).toHaveLength(1)
    expect(seen.votes.filter(({ member }: { member: { name: string } }) => member.name === 'Dora')).toEqual([])
  }
})
