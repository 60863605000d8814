// Every way out of the process, nailed shut: whoever tries one is counted and gets an error.

import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const ways = [
  [net.Socket.prototype, ['connect']],
  [dgram.Socket.prototype, ['send', 'connect']],
  [dns, ['lookup', 'resolve', 'resolve4', 'resolve6']],
  [dns.promises, ['lookup', 'resolve', 'resolve4', 'resolve6']],
  [fs, ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream', 'write', 'writeSync']],
  [fs, ['mkdir', 'mkdirSync', 'rename', 'renameSync', 'rm', 'rmSync', 'unlink', 'unlinkSync', 'truncate']],
  [fs.promises, ['writeFile', 'appendFile', 'mkdir', 'rename', 'rm', 'unlink', 'truncate']],
  [childProcess, ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']],
] as const

export interface Nails {
  /** The ways that were tried. */
  readonly tried: string[]
  pull(): void
}

/** Shuts them until the nails are pulled. */
export function nailShut(): Nails {
  const tried: string[] = []
  const restore: (() => void)[] = []
  for (const [object, names] of ways) {
    for (const name of names) {
      const before = Object.getOwnPropertyDescriptor(object, name)
      if (before === undefined) throw new Error(`There is no way ${name} to shut.`)
      const value = (): never => {
        tried.push(name)
        throw new Error(`${name} is nailed shut.`)
      }
      Object.defineProperty(object, name, { ...before, value })
      restore.push(() => Object.defineProperty(object, name, before))
    }
  }
  syncBuiltinESMExports()
  return {
    tried,
    pull: () => {
      for (const one of restore) one()
      syncBuiltinESMExports()
    },
  }
}
