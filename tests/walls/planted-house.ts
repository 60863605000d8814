// A throw-away copy of the house's checks with files of a test's own in it, so that nothing is planted in the real src/.

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const checks = [
  'package.json',
  'tsconfig.json',
  '.oxlintrc.json',
  'src/kernel/tsconfig.json',
  'tests/walls/plugin.ts',
  'tests/walls/rooms.ts',
]

export interface PlantedHouse {
  /** Runs a tool of node_modules in the copy; resolves with what it printed, whatever its exit code. */
  run(tool: string, args: readonly string[]): Promise<string>
  remove(): Promise<void>
}

/** @param files contents by path from the root */
export async function plantHouse(files: Readonly<Record<string, string>>): Promise<PlantedHouse> {
  const house = await mkdtemp(join(tmpdir(), 'countersign-walls-'))
  await Promise.all(checks.map((path) => cp(join(root, path), join(house, path))))
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'), 'junction')
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(house, path)), { recursive: true })
    await writeFile(join(house, path), `${content}\n`)
  }
  return {
    run: (tool, args) =>
      new Promise((resolve) => {
        const command = join(root, 'node_modules', tool)
        execFile(process.execPath, [command, ...args], { cwd: house }, (_error, stdout, stderr) =>
          resolve(stdout + stderr),
        )
      }),
    remove: () => rm(house, { recursive: true }),
  }
}
