// Reads Server-Sent Events (HTML Living Standard, 9.2) from the body of an answer.

export interface ServerEvent {
  readonly type: string
  readonly data: string
}

/** What a listener keeps over connections. */
export interface Place {
  lastEventId: string
  /** How long to wait before connecting again. */
  retryMs: number
}

/** The events of one connection until `signal` is aborted; `place` is kept up to date. `heard` is called for whatever arrives. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  place: Place,
  heard: () => void,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let type = ''
  let data: string[] = []
  for await (const line of linesOf(body, heard, signal)) {
    if (line === '') {
      if (data.length > 0) yield { type: type === '' ? 'message' : type, data: data.join('\n') }
      type = ''
      data = []
      continue
    }
    const [field, value] = fieldOf(line)
    if (field === 'event') type = value
    else if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) place.lastEventId = value
    else if (field === 'retry' && /^\d+$/.test(value)) place.retryMs = Number(value)
  }
}

/** A comment is a field without a name. */
function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  if (colon === -1) return [line, '']
  const value = line.slice(colon + 1)
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value]
}

/** Lines end with CR, LF or both; an unfinished one at the end is dropped. */
async function* linesOf(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  // `fetch` holds its signal weakly: once the request is garbage, an abort no longer ends the reading of its answer.
  const leave = (): void => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', leave)
  let rest = ''
  let isAfterCr = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard()
      const text = decoder.decode(value, { stream: true })
      // The second half of a CRLF that was cut in two ends nothing more.
      const lines = `${rest}${isAfterCr && text.startsWith('\n') ? text.slice(1) : text}`.split(/\r\n|\n|\r/)
      if (text !== '') isAfterCr = text.endsWith('\r')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    signal.removeEventListener('abort', leave)
    await reader.cancel().catch(() => undefined)
  }
}
