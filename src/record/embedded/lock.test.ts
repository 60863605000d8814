// The lock that starts and stops take turns with.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { asRoot, cleanUp, makeDirectory, silent } from './embedded-fixture.ts'
import { lock } from './lock.ts'

afterAll(cleanUp)
afterEach(() => void vi.restoreAllMocks())

it('lets one in at a time, also within one process', async () => {
  const file = join(await makeDirectory(), 'lock')
  const order: string[] = []
  const unlock = await lock(file, silent)
  const second = lock(file, silent).then((release) => {
    order.push('second')
    release()
  })
  order.push('first')
  unlock()
  await second
  expect(order).toEqual(['first', 'second'])
})

it('goes when its holder is killed, and says that it waits until then', async () => {
  const file = join(await makeDirectory(), 'lock')
  const program = `
    const { lock } = await import(process.argv[1])
    await lock(process.argv[2], { info() {}, warn() {} })
    console.log('locked')
    process.stdin.resume()`
  const url = new URL('./lock.ts', import.meta.url).href
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', program, url, file])
  await once(holder.stdout, 'data')
  const info = vi.fn<(fields: object, message: string) => void>()
  // The clock jumps six seconds at each look, so that the report is due.
  let now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => (now += 6000))
  const waiting = lock(file, { ...silent, info })
  await vi.waitFor(() =>
    expect(info).toHaveBeenCalledWith({ file }, expect.stringContaining('waiting for another process')),
  )
  holder.kill('SIGKILL')
  const unlock = await waiting
  unlock()
})

it('is refused where the file is something else, and does not wait for it', async () => {
  const directory = await makeDirectory()
  await mkdir(join(directory, 'lock'))
  await expect(lock(join(directory, 'lock'), silent)).rejects.toThrow()
  await writeFile(join(directory, 'other'), 'x'.repeat(5000))
  await expect(lock(join(directory, 'other'), silent)).rejects.toThrow('not a database')
  await expect(lock(join(directory, 'missing', 'lock'), silent)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('names the directory that may not be written to', async ({ skip }) => {
  skip(asRoot, 'root may write everywhere')
  const directory = await makeDirectory()
  await chmod(directory, 0o500)
  await expect(lock(join(directory, 'lock'), silent)).rejects.toMatchObject({ code: 'EACCES' })
  await chmod(directory, 0o700)
})
