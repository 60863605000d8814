// The OpenAPI document promises what a generator of clients needs.

import spectralCore from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { expect, test } from 'vitest'
import { codesOf, recordedAnswer } from '../../src/api/openapi/operation.ts'
import { openApiDocument } from '../../src/api/openapi/document.ts'
import { routes } from '../../src/api/routes.ts'
import { tags } from '../../src/api/tags.ts'

const document = openApiDocument(routes, {
  url: 'http://127.0.0.1:4000',
  version: '0.1.0',
  email: 'ops@acme.example',
  prefix: '/api/v1',
  tags,
})

async function complaintsAbout(text: string): Promise<string[]> {
  const spectral = new spectralCore.Spectral()
  // The tags stand in the order in which somebody gets to know the product.
  const order = { 'openapi-tags-alphabetical': 'off' } as const
  spectral.setRuleset({ extends: [[{ ...rulesets.oas, extends: [] }, 'all']], rules: order })
  const found = await spectral.run(text)
  return found.map(({ code, path, message }) => `${code} ${path.join('/')}: ${message}`)
}

test('it passes the OpenAPI rules of Spectral', async () => {
  expect(await complaintsAbout(JSON.stringify(document))).toEqual([])
})

test('the rules hold it against the schema of OpenAPI 3.1 too', async () => {
  const broken = { ...document, paths: { '/me': { get: { responses: 5 } } } }
  const found = await complaintsAbout(JSON.stringify(broken))
  expect(found).toContainEqual(expect.stringContaining('oas3-schema'))
})

const shapes = routes.flatMap((route) =>
  Object.entries(route.answers).map(([status, shape]) => ({ route, status, shape })),
)

test('every body and every answer has an example, which fits its schema', () => {
  const bodies = routes.flatMap(({ operation, body, bodyExample }) => {
    if (body === undefined) return []
    return [{ name: operation, schema: body, example: bodyExample ?? body.meta()?.['example'] }]
  })
  const answers = shapes.flatMap(({ route, status, shape }) => {
    const { schema, example = recordedAnswer(route, shape) } = shape
    return schema === undefined ? [] : [{ name: `${route.operation} ${status}`, schema, example }]
  })
  const wrong = [...bodies, ...answers].flatMap(({ name, schema, example }) => {
    if (example === undefined) return [`${name} has none`]
    const { error } = schema.safeParse(example)
    return error === undefined ? [] : [`${name}: ${error.message}`]
  })
  expect(wrong).toEqual([])
})

test('whatever can be asked with a parameter that does not exist declares that this is refused', () => {
  expect(routes.filter((route) => !codesOf(route).includes('invalid_input'))).toEqual([])
})

test('every operation names its permission, and every field of a query and a path is described', () => {
  const lacking = routes.flatMap(({ operation, summary, access, tag }) =>
    summary === '' || access === undefined || tag === '' ? [operation] : [],
  )
  expect(lacking).toEqual([])
})
