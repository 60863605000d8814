// The OpenAPI document and the interactive reference made of it.

import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { JsonObject } from '../kernel/json.ts'
import { apiPrefix } from './mount.ts'
import { referenceTheme } from './reference-theme.ts'

export async function addReference(app: FastifyInstance, document: () => JsonObject): Promise<void> {
  let made: JsonObject | undefined
  let text: string | undefined
  const whole = (): JsonObject => (made ??= document())
  app.get(
    `${apiPrefix}/openapi.json`,
    { config: { access: { open: 'It says what everybody may know.' } } },
    (_, reply) => reply.type('application/json; charset=utf-8').send((text ??= JSON.stringify(whole()))),
  )
  // The reference reads what this registers, before it is transformed into the document.
  const empty = { openapi: '3.1.0', info: { title: 'Countersign', version: '' }, paths: {} }
  await app.register(swagger, { mode: 'static', specification: { document: empty } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    theme: referenceTheme,
    // Operations are tried on the address that the page came from, whatever the public one is.
    transformSpecification: () => ({ ...whole(), servers: [{ url: apiPrefix }] }),
    transformSpecificationClone: false,
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      deepLinking: true,
      persistAuthorization: false,
      tryItOutEnabled: true,
    },
  })
}
