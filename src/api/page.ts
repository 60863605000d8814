// Pages of lists: how they are asked for and what they look like.

import { z } from 'zod'

const mostItems = 200

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostItems)
    .default(50)
    .meta({ description: `Items on a page, 1 to ${mostItems}.` }),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0).meta({ description: 'Items to pass over.' }),
}

/** A page of `item`. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    total: z.number().int().min(0).meta({
      description: 'Items on all pages. Counted up to 10,000; `total_is_exact` says whether it stopped there.',
    }),
    total_is_exact: z.boolean(),
    limit: z.number().int(),
    offset: z.number().int(),
  })
}

/** Where counting a list ends: to count millions for each page would take longer than the page. */
export const mostCounted = 10_000

/** The fields of a page beside its items. `counted` is a count that stopped after `mostCounted + 1`. */
export function pageFacts(counted: number, { limit, offset }: { limit: number; offset: number }) {
  return { total: Math.min(counted, mostCounted), total_is_exact: counted <= mostCounted, limit, offset }
}
