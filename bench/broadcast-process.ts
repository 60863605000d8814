// The reference for the stream: a bare HTTP server that writes each event to all who are connected, out of nothing.

import { createServer, type ServerResponse } from 'node:http'

const open = new Set<ServerResponse>()
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('retry: 2000\n\n')
  open.add(response)
  request.on('close', () => open.delete(response))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ type: 'ready', port: typeof address === 'object' ? address?.port : undefined })
})

let count = 0
process.on('message', (asked) => {
  if (asked === 'memory') {
    globalThis.gc?.()
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    process.send?.({ type: 'memory', rss, heapUsed, listeners: open.size })
    return
  }
  const id = `reference/${++count}`
  process.send?.({ type: 'durable', at: performance.timeOrigin + performance.now(), ids: [id] })
  const data = JSON.stringify({
    type: 'workflow.completed',
    id,
    time: new Date().toISOString(),
    execution_id: id,
    workflow: 'reference',
  })
  const bytes = Buffer.from(`id: ${id}\nevent: workflow.completed\ndata: ${data}\n\n`)
  for (const response of open) response.write(bytes)
})
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => process.exit(0))
