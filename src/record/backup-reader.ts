// Reads a backup from its bytes: its lines one by one, and the rows between them without holding them.

import { createHash } from 'node:crypto'
import { endOfRows } from './backup.ts'

/** Thrown where a file is no backup, or not a whole one. */
export class BackupError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BackupError'
  }
}

const longestLine = 10_000_000
const newline = 10
const terminator = Buffer.from(`\n${endOfRows}`)

export class BackupReader {
  private readonly chunks: AsyncIterator<Buffer>
  private readonly hash = createHash('sha256')
  private rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.chunks = source[Symbol.asyncIterator]()
  }

  /** The next line, and the SHA-256 of everything before it. Throws `BackupError` where the file ends. */
  async line(): Promise<{ readonly text: string; readonly sha256Before: string }> {
    const sha256Before = this.hash.copy().digest('hex')
    let end = this.rest.indexOf(newline)
    while (end === -1) {
      if (this.rest.length > longestLine) throw new BackupError('The file is no backup of Countersign.')
      await this.more()
      end = this.rest.indexOf(newline)
    }
    return {
      text: this.take(end + 1)
        .toString('utf8')
        .trimEnd(),
      sha256Before,
    }
  }

  /** The rows up to their end, which is taken as well. */
  async *rows(): AsyncGenerator<Buffer, void, void> {
    // A table without rows ends at once, where no line end stands before.
    while (this.rest.length < endOfRows.length) await this.more()
    if (this.rest.subarray(0, endOfRows.length).equals(Buffer.from(endOfRows))) {
      this.take(endOfRows.length)
      return
    }
    for (;;) {
      const end = this.rest.indexOf(terminator)
      if (end !== -1) {
        yield this.take(end + 1)
        this.take(endOfRows.length)
        return
      }
      // What may be the beginning of the end is kept back.
      const safe = this.rest.length - terminator.length
      if (safe > 0) yield this.take(safe)
      await this.more()
    }
  }

  /** Whether nothing follows. */
  async isAtEnd(): Promise<boolean> {
    return this.rest.length === 0 && (await this.chunks.next()).done === true
  }

  private take(bytes: number): Buffer {
    const taken = this.rest.subarray(0, bytes)
    this.rest = this.rest.subarray(bytes)
    this.hash.update(taken)
    return taken
  }

  private async more(): Promise<void> {
    const next = await this.chunks.next()
    if (next.done === true) throw new BackupError('The backup is not whole: the file ends too early. Take another one.')
    const chunk: Buffer = next.value
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
  }
}
