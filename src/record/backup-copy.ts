// COPY through the driver: rows of a table as PostgreSQL's text format, out of it and into it, with bounded memory.

import { once } from 'node:events'
import type pg from 'pg'

/** What the driver's connection can do besides what its types say. */
interface CopyConnection extends pg.Connection {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** The server sends a message for each row; many of them are one chunk. */
const chunkBytes = 64 * 1024
const mostWaiting = 16

/** What the driver asks of anything that it runs as a query. */
abstract class Copy {
  private readonly text: string
  private readonly done = Promise.withResolvers<number>()
  private rows = 0

  constructor(text: string) {
    this.text = text
    this.done.promise.catch(() => undefined)
  }

  /** How many rows were copied, once all are. */
  get copied(): Promise<number> {
    return this.done.promise
  }

  submit(connection: pg.Connection): void {
    connection.query(this.text)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = Number(text.replace('COPY ', ''))
  }

  handleReadyForQuery(): void {
    this.done.resolve(this.rows)
    this.settle()
  }

  handleError(error: Error): void {
    this.done.reject(error)
    this.settle()
  }

  protected abstract settle(): void
}

class CopyOut extends Copy {
  private readonly chunks: Buffer[] = []
  private block = Buffer.allocUnsafe(chunkBytes)
  private bytes = 0
  private isOver = false
  private connection: CopyConnection | undefined
  private wake: (() => void) | undefined

  handleCopyData({ chunk }: { readonly chunk: Buffer }, connection: CopyConnection): void {
    this.connection = connection
    if (chunk.length > chunkBytes - this.bytes) this.flush()
    // The driver uses the memory of a message again for the next one, so it is copied in any case.
    if (chunk.length > chunkBytes) this.add(Buffer.from(chunk))
    else this.bytes += chunk.copy(this.block, this.bytes)
    if (this.chunks.length >= mostWaiting) connection.stream.pause()
  }

  protected settle(): void {
    this.flush()
    this.isOver = true
    this.wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, number, void> {
    for (;;) {
      const chunk = this.chunks.shift()
      if (chunk !== undefined) yield chunk
      else if (this.isOver) return this.copied
      else {
        this.connection?.stream.resume()
        await new Promise<void>((resolve) => (this.wake = resolve))
      }
    }
  }

  private flush(): void {
    if (this.bytes === 0) return
    this.add(this.block.subarray(0, this.bytes))
    this.block = Buffer.allocUnsafe(chunkBytes)
    this.bytes = 0
  }

  private add(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.wake?.()
  }
}

class CopyIn extends Copy {
  private readonly source: AsyncIterable<Buffer>
  private isOver = false
  private stop: (() => void) | undefined
  /** Why the source ended: the server only repeats it. */
  private failure: Error | undefined

  constructor(text: string, source: AsyncIterable<Buffer>) {
    super(text)
    this.source = source
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.send(connection).then(
      () => connection.endCopyFrom(),
      (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error(String(error))
        if (!this.isOver) connection.sendCopyFail(this.failure.message)
      },
    )
  }

  override handleError(error: Error): void {
    super.handleError(this.failure ?? error)
  }

  protected settle(): void {
    this.isOver = true
    this.stop?.()
  }

  private async send(connection: CopyConnection): Promise<void> {
    for await (const chunk of this.source) {
      if (this.isOver) return
      connection.sendCopyFromChunk(chunk)
      if (!connection.stream.writableNeedDrain) continue
      const stopped = new Promise<void>((resolve) => (this.stop = resolve))
      await Promise.race([once(connection.stream, 'drain'), stopped])
    }
  }
}

/** The rows that a `copy … to stdout` gives, in chunks; returns how many there were. */
export async function* copyOut(client: pg.Client, text: string): AsyncGenerator<Buffer, number, void> {
  return yield* client.query(new CopyOut(text))
}

/** Feeds a `copy … from stdin`; resolves with how many rows it took. */
export async function copyIn(client: pg.Client, text: string, source: AsyncIterable<Buffer>): Promise<number> {
  return client.query(new CopyIn(text, source)).copied
}
