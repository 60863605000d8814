// Who uses the server, when processes are killed and ids come again.

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cleanUp, makeDirectory } from './embedded-fixture.ts'
import { hasLiveUser, registerUser } from './users.ts'

afterAll(cleanUp)

it('one process may use a server twice and leaves it twice', async () => {
  const users = join(await makeDirectory(), 'users')
  const [first, second] = [await registerUser(users), await registerUser(users)]
  await first()
  expect(await hasLiveUser(users)).toBe(true)
  await second()
  expect(await hasLiveUser(users)).toBe(false)
})

it('a killed process, one whose id came again, and a half-written entry do not count and are removed', async () => {
  const users = await makeDirectory()
  await writeFile(join(users, '4194305-killed'), 'boot:1')
  await writeFile(join(users, `${process.pid}-came-again`), 'boot:1')
  await writeFile(join(users, `${process.pid}-half-written`), '')
  await writeFile(join(users, 'stray'), 'boot:1')
  expect(await hasLiveUser(users)).toBe(false)
  expect(await readdir(users)).toEqual([])
})
