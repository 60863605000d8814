import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkRole, judgeBacklog, judgeClock, judgeWorkers } from './database.ts'
import { checkDisk, checkKey, checkMail, checkNode, judgeDisk } from './machine.ts'

test('an old Node.js is wrong, and the remedy is to start through npm', () => {
  expect(checkNode('26.10.0').level).toBe('fine')
  expect(checkNode('20.20.2')).toMatchObject({ level: 'wrong', remedy: expect.stringContaining('npx') })
})

test('a key that others can read is wrong, one that is missing too', async () => {
  const key = join(await mkdtemp(join(tmpdir(), 'countersign-key-')), 'key')
  expect(await checkKey(key)).toMatchObject({ level: 'wrong', message: expect.stringContaining('ENOENT') })
  await writeFile(key, 'secret', { mode: 0o600 })
  expect((await checkKey(key)).level).toBe('fine')
  await chmod(key, 0o644)
  expect(await checkKey(key)).toMatchObject({
    level: 'wrong',
    message: expect.stringContaining('mode 644'),
    remedy: `chmod 600 ${key}`,
  })
})

test('a disk that runs full is told before it is full', async () => {
  expect([50e9, 1.5e9, 900e6, 50e6].map((free) => judgeDisk('/data', free).level)).toEqual([
    'fine',
    'note',
    'note',
    'wrong',
  ])
  expect(judgeDisk('/data', 50e6).message).toBe('Only 50 MB are free at /data.')
  expect((await checkDisk('/tmp/not/yet/made')).name).toBe('disk')
})

test('without a mail server steps that send e-mail fail, and that is said', () => {
  expect(checkMail({ smtpUrl: undefined })).toMatchObject({
    level: 'note',
    remedy: expect.stringContaining('SMTP_URL'),
  })
  expect(checkMail({ smtpUrl: 'smtp://user:secret@mail.example.com:587' }).message).toBe(
    'Goes through mail.example.com:587.',
  )
})

test('a role that cannot log in is wrong', async () => {
  expect((await checkRole(async () => undefined)).level).toBe('fine')
  expect((await checkRole(() => Promise.reject(new Error('no entry')))).message).toContain('no entry')
})

test.each([
  [500, 'fine', 'Differs'],
  [-500, 'fine', 'Differs'],
  [90_000, 'wrong', 'is 1m 30s behind the database'],
  [-90_000, 'wrong', 'is 1m 30s ahead of the database'],
])('a clock that differs by %i ms is %s', (skew, level, said) => {
  expect(judgeClock(skew)).toMatchObject({ level, message: expect.stringContaining(said) })
})

test('without a worker executions wait', () => {
  expect([0, 1, 3].map((count) => judgeWorkers(count).level)).toEqual(['note', 'fine', 'fine'])
})

test('executions that wait long for a worker are wrong, with the remedy that fits', () => {
  expect(judgeBacklog(0, 0, 0).level).toBe('fine')
  expect(judgeBacklog(3, 5000, 1).message).toBe('3 wait for a worker, the oldest for 5.0s.')
  expect(judgeBacklog(3, 90_000, 0).remedy).toContain('worker`')
  expect(judgeBacklog(3, 90_000, 2).remedy).toContain('more workers')
})
