// The schema under review is the schema that the migrations make.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readSchema, schemaFile } from '../../docs/generate/schema.ts'
import { createEmptyDatabase, databaseKey } from '../../tests/setup/database.ts'
import { migrate } from './migrate.ts'

test('db/schema.sql is what the migrations make; if not, run node docs/generate/schema.ts and review it', async () => {
  const address = await createEmptyDatabase()
  await migrate(address, databaseKey())
  expect(await readSchema(address)).toBe(await readFile(schemaFile, 'utf8'))
})
