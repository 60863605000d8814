// The installation's keys as a process holds them: the current one seals and signs, older ones open and verify.

import { hkdfSync } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { type Keys, readKeys } from './key-file.ts'

export interface InstallationKey {
  /** Names the key without telling anything about it. */
  readonly id: string
  readonly secret: Buffer
}

export class KeyRing {
  readonly path: string
  private keys: readonly [InstallationKey, ...InstallationKey[]]
  private seen: string

  /** `seen`: what the file looked like when the keys were read. */
  constructor(path: string, keys: Keys, seen = '') {
    this.path = path
    this.keys = named(keys)
    this.seen = seen
  }

  /** Seals and signs. */
  get current(): InstallationKey {
    return this.keys[0]
  }

  /** Log-ins to the database derive from it: those of running processes stay good when a key is put on top. */
  get oldest(): InstallationKey {
    return this.keys.at(-1) ?? this.keys[0]
  }

  get all(): readonly InstallationKey[] {
    return this.keys
  }

  find(id: string): InstallationKey | undefined {
    return this.keys.find((key) => key.id === id)
  }

  /** Reads the file again where it has changed, so that a new key needs no restart. A file that is gone changes nothing. */
  async refresh(): Promise<this> {
    const seen = await lookOf(this.path)
    if (seen === undefined || seen === this.seen) return this
    this.keys = named(await readKeys(this.path))
    this.seen = seen
    return this
  }
}

/** Reads the keys of a file, or makes one. */
export async function openKeyRing(path: string): Promise<KeyRing> {
  const keys = await readKeys(path)
  return new KeyRing(path, keys).refresh()
}

function named([current, ...others]: Keys): readonly [InstallationKey, ...InstallationKey[]] {
  return [nameOf(current), ...others.map(nameOf)]
}

function nameOf(secret: Buffer): InstallationKey {
  return { id: Buffer.from(hkdfSync('sha256', secret, '', 'countersign key id', 8)).toString('hex'), secret }
}

async function lookOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return undefined
  }
}
