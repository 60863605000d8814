// Somebody outside of the company, in a process of their own: counts what arrives by path and says so when asked for /counts.

import { once } from 'node:events'
import { createServer } from 'node:http'

const counts: Record<string, number> = {}
const server = createServer((request, response) => {
  const path = request.url ?? ''
  if (path === '/counts') return response.end(JSON.stringify(counts))
  counts[path] = (counts[path] ?? 0) + 1
  return response.end()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`)
process.on('disconnect', () => process.exit())
