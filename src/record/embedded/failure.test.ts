// Each way to fail has its one sentence.

import { expect, it } from 'vitest'
import { asEmbeddedServerError, EmbeddedServerError, explainExit } from './failure.ts'

function fileError(code: string, path?: string): Error {
  return Object.assign(new Error(code), { code, ...(path !== undefined && { path }) })
}

it.each([
  ['ENOSPC', 'No space left on the device that holds /data.'],
  ['EDQUOT', 'No space left on the device that holds /data.'],
  ['EACCES', 'Permission denied: /data/users cannot be used by uid'],
  ['EROFS', '/data/users is on a read-only file system.'],
  ['ENOTDIR', '/data/users is in the way: it is not a directory.'],
])('%s of the file system becomes a sentence', (code, message) => {
  const error = asEmbeddedServerError(fileError(code, '/data/users'), '/data')
  expect(error).toBeInstanceOf(EmbeddedServerError)
  expect(String(error)).toContain(message)
})

it('what is not understood is passed through', () => {
  const own = new EmbeddedServerError('said already', 'hint')
  expect(asEmbeddedServerError(own, '/data')).toBe(own)
  expect(asEmbeddedServerError('thrown', '/data')).toBe('thrown')
  const unknown = fileError('EIO')
  expect(asEmbeddedServerError(unknown, '/data')).toBe(unknown)
  expect(String(asEmbeddedServerError(fileError('EROFS'), '/data'))).toContain('/data is on')
})

it.each([
  ['FATAL:  database files are incompatible with server', 'made by another version of PostgreSQL'],
  ['initdb: error: could not look up effective user ID 1234: user does not exist', 'because no user has that id'],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'not enough memory'],
  [
    'FATAL:  could not open file "global/pg_filenode.map": Permission denied',
    'Permission denied: PostgreSQL cannot use',
  ],
  ['PANIC:  could not locate a valid checkpoint record at 0/16FB0B8', 'is damaged and PostgreSQL refuses to open it'],
  [
    'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device',
    'No space left on the device that holds /.',
  ],
  ['FATAL:  something new', 'PostgreSQL ended (exit code 1): FATAL:  something new.'],
  ['ERROR:  could not open file "x"', 'PostgreSQL ended (exit code 1).'],
])('%s', async (line, message) => {
  const lines = ['2026-11-21 12:00:00 UTC [7] LOG:  starting PostgreSQL', `2026-11-21 12:00:00 UTC [7] ${line}`]
  const error = await explainExit('/', 'exit code 1', lines)
  expect(error.message.replace(/2026.*\] /, '')).toContain(message)
  expect(error.log).toBe(lines)
})
