// The server's log: what is read of it, and how it stays small.

import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cleanUp, makeDirectory } from './embedded-fixture.ts'
import { capServerLog, openServerLog, sizeOfServerLog, tailOfServerLog } from './server-log.ts'

afterAll(cleanUp)

it('the last lines since a start are read, however long the log is', async () => {
  const file = join(await makeDirectory(), 'log')
  await writeFile(file, 'before\n')
  const start = await sizeOfServerLog(file)
  expect(await tailOfServerLog(file, start)).toEqual([])
  const lines = Array.from({ length: 5000 }, (_, n) => `line ${n}`)
  await writeFile(file, `before\n${lines.join('\n')}\n\n`)
  expect(await tailOfServerLog(file, start)).toEqual(lines.slice(-20))
  expect(await tailOfServerLog(`${file}.missing`, 0)).toEqual([])
})

it('a log that grew too large is put aside while the server goes on writing', async () => {
  const file = join(await makeDirectory(), 'log')
  const writer = await openServerLog(file)
  await writer.write('much\n')
  await capServerLog(file, 5)
  expect(await readFile(file, 'utf8')).toBe('much\n')
  await writer.write('too much\n')
  await capServerLog(file, 5)
  await writer.write('next\n')
  await writer.close()
  expect(await readFile(`${file}.1`, 'utf8')).toBe('much\ntoo much\n')
  expect(await readFile(file, 'utf8')).toBe('next\n')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await capServerLog(`${file}.missing`)
})

it('a link that was planted under its name is not followed', async ({ skip }) => {
  skip(process.platform === 'win32', 'Windows has no O_NOFOLLOW')
  const directory = await makeDirectory()
  await symlink('/etc/passwd', join(directory, 'log'))
  await expect(openServerLog(join(directory, 'log'))).rejects.toMatchObject({ code: 'ELOOP' })
})
