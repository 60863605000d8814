// Walks through a list page by page.

export interface Page<Item> {
  readonly data: { readonly items: readonly Item[] }
}

const pageSize = 100

/**
 * Every item of a list: `for await (const one of paginate((page) => client.GET('/workflows', { params: { query: page } })))`.
 * What is added or removed meanwhile may be met twice or missed, as in any list that is cut by position.
 */
export async function* paginate<Item>(
  read: (page: { readonly limit: number; readonly offset: number }) => Promise<Page<Item>>,
  limit = pageSize,
): AsyncGenerator<Item> {
  for (let offset = 0; ; offset += limit) {
    const { items } = (await read({ limit, offset })).data
    yield* items
    if (items.length < limit) return
  }
}
