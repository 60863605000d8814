import { expect, test } from 'vitest'
import type { Approvers } from '../voting/rule-problem.ts'
import { sayApprovers } from './say-approvers.ts'

test.each<[Approvers, string]>([
  [{ role: 'cfo' }, 'cfo'],
  [{ roles: ['owner', 'admin'] }, 'owner or admin'],
  [{ council: 'media' }, 'council "media"'],
  [{ members: ['ana@acme.example', 'ben@acme.example'] }, 'ana@acme.example or ben@acme.example'],
])('%j is said as %s', (approvers, said) => {
  expect(sayApprovers(approvers)).toBe(said)
})
