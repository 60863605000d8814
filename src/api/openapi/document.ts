// The OpenAPI 3.1 document, made from the routes: they are the only source.

import type { JsonObject } from '../../kernel/json.ts'
import { permissionNames } from '../../kernel/access/permissions.ts'
import type { Route } from '../route.ts'
import { operationOf } from './operation.ts'
import { problemSchema, problemSchemaName } from './problem-schema.ts'
import { Schemas } from './schemas.ts'

export interface DocumentOptions {
  /** Public address, without a slash at its end. */
  readonly url: string
  readonly version: string
  /** Whom to ask. */
  readonly email: string
  readonly prefix: string
  /** Description of each tag. */
  readonly tags: Readonly<Record<string, string>>
}

const description = `AI drafts a workflow, people countersign it, a durable engine runs it, and an audit log proves what happened.

Every request but those marked open needs a session (a cookie, after signing in) or an API key in the header
\`Authorization: Bearer cs_…\`. What a caller may do is one table of roles and permissions; each operation names its permission.
What goes wrong is a problem body of RFC 9457 with a \`code\` and, in \`errors\`, all that is wrong at once.`

const securitySchemes: JsonObject = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: `An API key, \`cs_…\`. It can be limited to scopes: ${permissionNames.join(', ')}.`,
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'countersign.session_token',
    description: 'A session, after signing in.',
  },
}

/** Throws when an operation has a tag without a description. */
export function openApiDocument(
  routes: readonly Route[],
  { url, version, email, prefix, tags }: DocumentOptions,
): JsonObject {
  const schemas = new Schemas()
  schemas.add(problemSchemaName, problemSchema)
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const route of routes) {
    if (tags[route.tag] === undefined)
      throw new Error(`The tag "${route.tag}" of ${route.operation} has no description.`)
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operationOf(route, schemas)
  }
  const used = new Set(routes.map(({ tag }) => tag))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version,
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      contact: { name: 'Countersign', url, email },
    },
    servers: [{ url: `${url}${prefix}`, description: 'This installation' }],
    tags: Object.entries(tags).flatMap(([name, text]) => (used.has(name) ? [{ name, description: text }] : [])),
    security: [{ apiKey: [] }, { session: [] }],
    paths,
    components: { schemas: schemas.all(), securitySchemes },
  }
}
