// What sealing promises: a text opens at its place with its key, and nothing else opens.

import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addKey, readKeyFile, readKeys } from './key-file.ts'
import { KeyRing, openKeyRing } from './key-ring.ts'
import { seal, unseal } from './sealing.ts'

const place = ['secret', 'tenant', 'NAME', '1'] as const
const [old, fresh, other] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const before = new KeyRing('key', [old])
const after = new KeyRing('key', [fresh, old])

describe('a sealed text', () => {
  test('opens where it was sealed, and after a new key was put on top', () => {
    const sealed = seal(before.current, place, 'value ü')
    expect(unseal(before, place, sealed)).toEqual({ text: 'value ü' })
    expect(unseal(after, place, sealed)).toEqual({ text: 'value ü' })
    expect(sealed.ciphertext.toString('latin1')).not.toContain('value')
  })

  test('is another one each time', () => {
    const [one, two] = [seal(before.current, place, 'the same'), seal(before.current, place, 'the same')]
    expect(one.nonce).not.toEqual(two.nonce)
    expect(one.ciphertext).not.toEqual(two.ciphertext)
  })

  test.each([
    ['another purpose', ['other', 'tenant', 'NAME', '1'] as const],
    ['another tenant', ['secret', 'tenants', 'NAME', '1'] as const],
    ['another name', ['secret', 'tenant', 'NAMES', '1'] as const],
    ['another version', ['secret', 'tenant', 'NAME', '2'] as const],
    ['parts that join to the same', ['secret', 'tenantNAME', '', '1'] as const],
  ])('does not open at %s', (_, elsewhere) => {
    expect(unseal(before, elsewhere, seal(before.current, place, 'value'))).toBe('changed')
  })

  test.each(['nonce', 'ciphertext', 'tag'] as const)('does not open with one bit of its %s changed', (part) => {
    const sealed = seal(before.current, place, 'value')
    const bytes = Buffer.from(sealed[part])
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0)
    expect(unseal(before, place, { ...sealed, [part]: bytes })).toBe('changed')
  })

  test('does not open with a tag that was cut short', () => {
    const sealed = seal(before.current, place, 'value')
    expect(unseal(before, place, { ...sealed, tag: sealed.tag.subarray(0, 4) })).toBe('changed')
  })

  test('whose key is not there says so, and one that names another key does not open', () => {
    const sealed = seal(before.current, place, 'value')
    expect(unseal(new KeyRing('key', [other]), place, sealed)).toBe('unknown key')
    expect(unseal(after, place, { ...sealed, keyId: after.current.id })).toBe('changed')
  })
})

describe('the key file', () => {
  let directory: string
  let path: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'countersign-keys-'))
    path = join(directory, 'key')
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('takes a new key on top, stays readable by its owner alone, and keeps the old ones', async () => {
    const ring = await openKeyRing(path)
    const first = ring.current
    await addKey(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await ring.refresh()
    expect(ring.current.id).not.toBe(first.id)
    expect(ring.all.map(({ id }) => id)).toEqual([ring.current.id, first.id])
    expect(ring.find(first.id)?.secret).toEqual(first.secret)
    // The passwords of the database's roles stay what they are.
    expect(ring.oldest).toEqual(first)
    expect(await readKeyFile(path)).toEqual(first.secret)
  })

  test('that has not changed is not read again, and one that is gone changes nothing', async () => {
    const ring = await openKeyRing(path)
    const { current } = ring
    await utimes(path, 1, 1)
    expect((await ring.refresh()).current).toEqual(current)
    await rm(path)
    expect((await ring.refresh()).current).toEqual(current)
    await expect(addKey(path)).rejects.toThrow('ENOENT')
  })

  test('with a line that is no key is refused', async () => {
    await readKeys(path)
    await writeFile(path, `${await readFile(path, 'utf8')}\nshort\n`)
    await expect(readKeys(path)).rejects.toThrow('on each line')
  })

  test('is left as it is when the new one cannot be written', async () => {
    const text = await readKeys(path).then(() => readFile(path, 'utf8'))
    await writeFile(`${path}.${process.pid}.new`, '')
    await expect(addKey(path)).rejects.toThrow('EEXIST')
    expect(await readFile(path, 'utf8')).toBe(text)
  })
})
