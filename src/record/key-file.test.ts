// What the key file promises: one key, made once, that nobody else can read.

import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readKeyFile } from './key-file.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'countersign-key-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('the first start makes a key that only its owner can read, and later ones read it', async () => {
  const path = join(directory, 'deep', 'key')
  const key = await readKeyFile(path)
  expect(key).toHaveLength(32)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readKeyFile(path)).toEqual(key)
})

test('first starts at the same moment end with the same key', async () => {
  const path = join(directory, 'key')
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => readKeyFile(path)))
  const keys = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.toString('hex')] : []))
  expect(new Set(keys).size).toBe(1)
  expect(keys).toContain((await readKeyFile(path)).toString('hex'))
})

test('a file that holds no key is never replaced', async () => {
  const path = join(directory, 'key')
  await writeFile(path, 'too short')
  await expect(readKeyFile(path)).rejects.toThrow(
    `The key file ${path} does not hold a key of 32 bytes in base64url on each line.`,
  )
})

test('a place where no file can be is said as it is', async () => {
  await chmod(directory, 0o755)
  await writeFile(join(directory, 'file'), '')
  await expect(readKeyFile(join(directory, 'file', 'key'))).rejects.toThrow('ENOTDIR')
  await expect(readKeyFile(directory)).rejects.toThrow('EISDIR')
})
