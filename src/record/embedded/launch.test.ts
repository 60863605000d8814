// Programs that do not run, run and end at once, or find what the last server left: told with stand-ins for PostgreSQL.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { ensureCluster } from './cluster.ts'
import { cleanUp, makeDirectory, silent } from './embedded-fixture.ts'
import { openHome, type Home } from './home.ts'
import { choosePort, launchPostmaster } from './launch.ts'
import { exists } from './presence.ts'

afterAll(cleanUp)
afterEach(() => void vi.restoreAllMocks())

/** A program that prints a line and ends as told. */
async function standIn(home: Home, script: string): Promise<string> {
  const file = join(home.path, 'stand-in')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

async function emptyHome(): Promise<Home> {
  return openHome(await makeDirectory())
}

describe('initdb', () => {
  const record = { home: '.', user: 'countersign', password: 'secret', database: 'countersign' }

  it.each([
    [
      'echo "initdb: error: could not write file: No space left on device" >&2; exit 1',
      /^No space left on the device that holds/,
    ],
    [
      'echo "initdb: error: could not look up effective user ID 7: user does not exist" >&2; exit 1',
      /no user has that id/,
    ],
    ['exit 3', /^PostgreSQL ended \(initdb failed\)\.$/],
  ])('that fails leaves no cluster behind: %s', async (script, message) => {
    const home = await emptyHome()
    const initdb = await standIn(home, script)
    await expect(ensureCluster(home, { major: '18', initdb, postgres: '' }, record, silent)).rejects.toThrow(message)
    expect(await exists(home.cluster)).toBe(false)
  })

  it.each([
    ['missing', undefined, /cannot run on this system \(ENOENT\)/],
    ['not executable', 0o644, /^Permission denied: .*stand-in cannot be run by uid \d+/],
  ])('that is %s is named', async (_, mode, message) => {
    const home = await emptyHome()
    const initdb = mode === undefined ? join(home.path, 'missing') : await standIn(home, '')
    if (mode !== undefined) await chmod(initdb, mode)
    await expect(ensureCluster(home, { major: '18', initdb, postgres: '' }, record, silent)).rejects.toThrow(message)
  })
})

describe('postgres', () => {
  it('that cannot run is named', async () => {
    const home = await emptyHome()
    await expect(launchPostmaster(home, join(home.path, 'missing'), {}, silent)).rejects.toThrow(
      /cannot run on this system/,
    )
  })

  it('that is killed while it starts is reported with the signal', async () => {
    const home = await emptyHome()
    await expect(launchPostmaster(home, await standIn(home, 'kill -9 $$'), {}, silent)).rejects.toThrow(
      'PostgreSQL ended (signal SIGKILL).',
    )
  })

  it('is tried again while children of a killed server are still attached, but not for ever', async () => {
    const home = await emptyHome()
    await mkdir(home.cluster)
    const complaint = 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use'
    const postgres = await standIn(home, `echo "${complaint}"; exit 1`)
    let now = Date.now()
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 6000))
    await expect(launchPostmaster(home, postgres, {}, silent)).rejects.toThrow(
      /^PostgreSQL ended \(remains of the last server\).*still in use/,
    )
    expect((await readFile(home.log, 'utf8')).split(complaint).length).toBeGreaterThan(2)
  })
})

it('a port is looked for only where there are no Unix sockets', async () => {
  expect(await choosePort('linux')).toBe(5432)
  expect(await choosePort('win32')).toBeGreaterThan(1023)
})
