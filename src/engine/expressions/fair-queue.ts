// A queue that serves its keys in turn: whoever puts much into it waits longest.

export class FairQueue<T> {
  readonly #waiting = new Map<string, T[]>()

  add(key: string, item: T): void {
    const items = this.#waiting.get(key)
    if (items === undefined) this.#waiting.set(key, [item])
    else items.push(item)
  }

  /** The oldest item of the key whose turn it is; a key with more items goes to the end. */
  take(): T | undefined {
    for (const [key, items] of this.#waiting) {
      const item = items.shift()
      this.#waiting.delete(key)
      if (items.length > 0) this.#waiting.set(key, items)
      return item
    }
    return undefined
  }
}
