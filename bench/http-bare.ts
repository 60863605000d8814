// The least that a server can do: `node bench/http-bare.ts` serves one JSON text of 20 kB at any address, on a free port that it
// prints.

import { fastify } from 'fastify'

const text = JSON.stringify({ items: Array.from({ length: 50 }, (_, id) => ({ id, text: 'x'.repeat(380) })) })
const app = fastify({ logger: false })
app.get('/*', (_, reply) => reply.type('application/json; charset=utf-8').send(text))
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
