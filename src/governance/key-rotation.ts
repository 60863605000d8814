// A new key for the installation: put on top of the key file, and what older keys have sealed is sealed anew.

import { failed, ok, type Result } from '../kernel/problem.ts'
import type { Database } from '../record/database.ts'
import { addKey } from '../record/key-file.ts'
import type { KeyRing } from '../record/key-ring.ts'
import { ownersWithOtherKeys, resealSigningSecret } from '../record/reseal-signing-secrets.ts'
import { alone, countOtherKeys, type Position, resealBatch, start } from '../record/sealed-secrets.ts'
import { seal, unseal } from '../record/sealing.ts'
import { secretPlace } from '../record/secrets.ts'

export interface RotationParts {
  readonly database: Database
  readonly keys: KeyRing
  /** Told after each batch how many were sealed anew so far. */
  readonly onBatch: (resealed: number) => void
}

export interface Rotated {
  readonly keyId: string
  /** False when an earlier rotation had been interrupted and was finished now. */
  readonly isNewKey: boolean
  readonly resealed: number
  /** What no key of the file opens: it stays as it is. */
  readonly unopened: readonly string[]
}

const batchSize = 100

/**
 * Finishes an earlier rotation where something is still sealed with an older key of the file; else makes a new key first.
 * It may be killed at any moment and run again. Problems: `conflict` (another rotation is under way).
 */
export async function rotateKey(parts: RotationParts): Promise<Result<Rotated>> {
  const { database, keys } = parts
  const rotated = await alone(database.engine, async () => {
    await keys.refresh()
    const isNewKey = !(await isUnfinished(parts))
    if (isNewKey) {
      await addKey(keys.path)
      await keys.refresh()
    }
    const unopened: string[] = []
    const resealed = await resealSecrets(parts, unopened)
    const signing = await resealSigning(parts, unopened)
    return { keyId: keys.current.id, isNewKey, resealed: resealed + signing, unopened }
  })
  if (rotated !== undefined) return ok(rotated)
  return failed({ code: 'conflict', message: 'Another rotation of the key is under way. Wait for its end.' })
}

/** A key that is not in the file opens nothing: a new one on top changes nothing for what it has sealed. */
async function isUnfinished({ database, keys }: RotationParts): Promise<boolean> {
  const { engine } = database
  const known = keys.all.map(({ id }) => id)
  if ((await countOtherKeys(engine, keys.current.id)) > (await countOtherKeys(engine, ...known))) return true
  return known.length > 1 && (await ownersWithOtherKeys(engine, keys.current.id)).length > 0
}

async function resealSecrets({ database, keys, onBatch }: RotationParts, unopened: string[]): Promise<number> {
  let resealed = 0
  for (let after: Position | undefined = start; after !== undefined;) {
    after = await resealBatch(database.engine, keys.current.id, after, batchSize, (secret) => {
      const { tenantId, name, version } = secret
      const place = secretPlace(tenantId, name, version)
      const opened = unseal(keys, place, secret)
      if (typeof opened === 'object') resealed++
      else unopened.push(`the secret ${name} of tenant ${tenantId}`)
      return typeof opened === 'object' ? seal(keys.current, place, opened.text) : undefined
    })
    if (after !== undefined) onBatch(resealed)
  }
  return resealed
}

async function resealSigning({ database, keys }: RotationParts, unopened: string[]): Promise<number> {
  const owners = await ownersWithOtherKeys(database.engine, keys.current.id)
  let resealed = 0
  for (const owner of owners) {
    try {
      await resealSigningSecret(database.engine, keys, owner)
      resealed++
    } catch (error) {
      const of = 'id' in owner ? `subscription ${owner.id}` : `a webhook of workflow ${owner.workflowId}`
      unopened.push(`the signing secret of ${of}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return resealed
}
