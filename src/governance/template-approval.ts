// Placeholder of the contract: its owner writes it.

import { ok } from '../kernel/problem.ts'
import type { KindHandler } from './approval-kinds.ts'

export const settleTemplate: KindHandler = {
  settle: async () => ok({ entries: [] }),
  contentNow: async () => undefined,
}
