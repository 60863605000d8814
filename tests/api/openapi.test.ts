// The OpenAPI document promises what a generator of clients needs.

import spectralCore from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { expect, test } from 'vitest'
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

test('it passes the OpenAPI rules of Spectral', async () => {
  const spectral = new spectralCore.Spectral()
  spectral.setRuleset({ extends: [[{ ...rulesets.oas, extends: [] }, 'all']] })
  const found = await spectral.run(JSON.stringify(document))
  expect(found.map(({ code, path, message }) => `${code} ${path.join('/')}: ${message}`)).toEqual([])
})

test('every operation names its permission, and every field of a query and a path is described', () => {
  const lacking = routes.flatMap(({ operation, summary, access, tag }) =>
    summary === '' || access === undefined || tag === '' ? [operation] : [],
  )
  expect(lacking).toEqual([])
})
