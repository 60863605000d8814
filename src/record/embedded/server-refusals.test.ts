// What a start says when the directory is not what it should be: one sentence that names the thing, one that helps.

import { chmod, chown, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot, cleanUp, makeDirectory, nobody, query, start, startElsewhere } from './embedded-fixture.ts'
import { EmbeddedServerError } from './failure.ts'
import { barredDirectory } from './home.ts'

afterAll(cleanUp)

async function refusal(dataDir: string): Promise<EmbeddedServerError> {
  const outcome: unknown = await start(dataDir).catch((error: unknown) => error)
  if (!(outcome instanceof EmbeddedServerError)) throw new Error('the server started', { cause: outcome })
  expect(outcome.hint).toMatch(/^[A-Z].*[^.]\.?$/)
  return outcome
}

describe('a data directory that cannot be one', () => {
  it('is named when it is a file, or lies under one', async () => {
    const file = join(await makeDirectory(), 'file')
    await writeFile(file, '')
    expect((await refusal(file)).message).toBe(`${file} is in the way: it is not a directory.`)
    expect((await refusal(join(file, 'below'))).message).toContain('is not a directory')
  })

  it('is named when another PostgreSQL keeps its data there', async () => {
    const dataDir = await makeDirectory()
    await writeFile(join(dataDir, 'PG_VERSION'), '18\n')
    expect((await refusal(dataDir)).message).toBe(`${dataDir} is the data directory of another PostgreSQL server.`)
  })

  it('is named when the programs of PostgreSQL would trip over its path', async () => {
    const dataDir = join(await makeDirectory(), '$HOME')
    expect((await refusal(dataDir)).message).toContain('holds "$"')
  })
})

describe('a database that was there before', () => {
  let dataDir: string
  const inCluster = (name: string) => join(dataDir, 'cluster', name)

  beforeAll(async () => {
    dataDir = await makeDirectory()
    const server = await start(dataDir)
    await query(server.connection, 'create table kept as select 1 as n')
    await server.stop()
  })

  /** Breaks the directory for as long as `attempt` takes. */
  async function without(path: string, attempt: () => Promise<void>): Promise<void> {
    await rename(path, `${path}.away`)
    try {
      await attempt()
    } finally {
      await rm(path, { recursive: true, force: true })
      await rename(`${path}.away`, path)
    }
  }

  it('of another version is left alone', async () => {
    await without(inCluster('PG_VERSION'), async () => {
      await writeFile(inCluster('PG_VERSION'), '15\n')
      const { message, hint } = await refusal(dataDir)
      expect(message).toBe(`The database in ${dataDir} was made by PostgreSQL 15, and this is PostgreSQL 18.`)
      expect(hint).toContain('Dump it with PostgreSQL 15')
    })
  })

  it('is called damaged when what marks it is missing, unreadable or no directory', async () => {
    await without(inCluster('PG_VERSION'), async () => {
      expect((await refusal(dataDir)).message).toContain('PG_VERSION is missing')
      await writeFile(inCluster('PG_VERSION'), 'x')
      expect((await refusal(dataDir)).message).toContain('PG_VERSION is unreadable')
    })
    await without(join(dataDir, 'cluster'), async () => {
      await writeFile(join(dataDir, 'cluster'), '')
      if (asRoot) await chown(join(dataDir, 'cluster'), nobody.uid, nobody.gid)
      expect((await refusal(dataDir)).message).toMatch(/is damaged: .*cluster is not a directory/)
    })
  })

  it('is called damaged, with the last lines of the log, when PostgreSQL cannot read it', async () => {
    await without(inCluster('global/pg_control'), async () => {
      const { message, log } = await refusal(dataDir)
      expect(message).toBe(`The database in ${dataDir} is damaged and PostgreSQL refuses to open it.`)
      expect(log.join('\n')).toContain('pg_control')
      await writeFile(inCluster('global/pg_control'), Buffer.alloc(8192, 7))
      if (asRoot) await chown(inCluster('global/pg_control'), nobody.uid, nobody.gid)
      expect((await refusal(dataDir)).message).toMatch(/is damaged|made by another version/)
    })
  })

  it('is not opened with a password that is not its own, missing or unreadable', async () => {
    const file = join(dataDir, 'database.json')
    const record = await readFile(file, 'utf8')
    await without(file, async () => {
      expect((await refusal(dataDir)).message).toContain('database.json is missing')
      await writeFile(file, '{"home":')
      expect((await refusal(dataDir)).message).toContain('database.json is damaged')
      await writeFile(file, record.replace(/"password": ".*"/, '"password": "guessed"'))
      expect((await refusal(dataDir)).message).toContain('The password in database.json is not the one')
    })
  })

  it('is not started by root where its files belong to root, and the hint mends it', async ({ skip }) => {
    skip(!asRoot, 'needs root')
    await chown(join(dataDir, 'cluster'), 0, 0)
    const { message, hint } = await refusal(dataDir)
    expect(message).toContain('belongs to root')
    expect(hint).toContain(`chown -R 65534:65534 '${join(dataDir, 'cluster')}'`)
    await chown(join(dataDir, 'cluster'), nobody.uid, nobody.gid)
  })

  it('is not opened by a user who may not read it', async ({ skip }) => {
    skip(!asRoot, 'only root can start a process as another user')
    const { error, hint } = await startElsewhere(dataDir, nobody).started
    expect(error).toMatch(/^Permission denied: .*database.json cannot be used by uid 65534\.$/)
    expect(hint).toContain('start as the user that owns it')
  })

  it('is not started where a directory on the way now keeps its user out', async ({ skip }) => {
    skip(!asRoot, 'only root starts the server as another user')
    await chmod(dataDir, 0o700)
    const { message, hint } = await refusal(dataDir)
    expect(message).toMatch(/^Permission denied: .*postgres cannot be run by uid 65534\.$/)
    expect(hint).toContain('chmod o+x')
    await chmod(dataDir, 0o711)
  })

  it('starts again once it is mended, with open modes and a half-written copy of the programs', async () => {
    await chmod(join(dataDir, 'cluster'), 0o755)
    const binaries = join(dataDir, 'binaries', '18.4.0-beta.17', 'native', 'bin', 'postgres')
    await truncate(binaries, 100)
    const server = await start(dataDir)
    expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
    await server.stop()
    expect((await stat(join(dataDir, 'cluster'))).mode & 0o777).toBe(0o700)
  })
})

describe('a directory that the user of the server cannot enter', () => {
  it('is told from one that it can, by owner, group and others', async () => {
    const outer = await makeDirectory()
    const inner = join(outer, 'inner')
    await mkdir(inner)
    const { uid, gid } = await stat(inner)
    const stranger = { uid: uid + 1, gid: gid + 1 }
    const outcomes = []
    for (const mode of [0o711, 0o710, 0o700, 0o611]) {
      await chmod(inner, mode)
      outcomes.push(
        await Promise.all(
          [stranger, { uid: uid + 1, gid }, { uid, gid }].map((account) => barredDirectory(inner, account)),
        ),
      )
    }
    expect(outcomes).toEqual([
      [undefined, undefined, undefined],
      [inner, undefined, undefined],
      [inner, inner, undefined],
      [undefined, undefined, inner],
    ])
    await chmod(outer, 0o700)
    expect(await barredDirectory(inner, stranger)).toBe(outer)
  })

  it('holds the password while the database lives under /var/lib, for as long as that is there', async ({ skip }) => {
    skip(!asRoot, 'only root starts the server as another user')
    const parent = await makeDirectory()
    await chmod(parent, 0o700)
    const dataDir = join(parent, 'data')
    const server = await start(dataDir)
    const home = dirname(server.connection.host)
    try {
      expect(home).toMatch(/^\/var\/lib\/countersign\/[0-9a-f]{16}$/)
      await query(server.connection, 'create table kept as select 1 as n')
      await server.stop()
      await rename(dataDir, `${dataDir}-moved`)
      const next = await start(`${dataDir}-moved`)
      expect(await query(next.connection, 'select n from kept')).toEqual([{ n: 1 }])
      await next.stop()
    } finally {
      await rm(home, { recursive: true, force: true })
    }
    expect((await refusal(`${dataDir}-moved`)).message).toContain(`lives in ${home}, and that is gone`)
  })
})
