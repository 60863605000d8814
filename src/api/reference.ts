// The OpenAPI document and the interactive reference made of it.

import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { JsonObject } from '../kernel/json.ts'
import { apiPrefix } from './mount.ts'

export async function addReference(app: FastifyInstance, document: () => JsonObject): Promise<void> {
  let text: string | undefined
  app.get(`${apiPrefix}/openapi.json`, { config: { access: { open: 'It says what everybody may know.' } } }, (_, reply) =>
    reply.type('application/json; charset=utf-8').send((text ??= JSON.stringify(document()))),
  )
  await app.register(swagger, { mode: 'static', specification: { document: { openapi: '3.1.0', info: { title: 'Countersign', version: '' }, paths: {} } } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    theme: { title: 'Countersign API' },
    uiConfig: { url: `${apiPrefix}/openapi.json`, docExpansion: 'list', deepLinking: true, persistAuthorization: false, tryItOutEnabled: true },
  })
}
