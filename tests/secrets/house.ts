// A database with real secrets in it, and the keeper that opens them.

import { SecretKeeper } from '../../src/engine/redaction/tenant-secrets.ts'
import { setSecret } from '../../src/governance/secrets.ts'
import { operatorOf } from '../../src/kernel/access/actor.ts'
import { asTenant, connectOwner, type Database } from '../../src/record/database.ts'
import { KeyRing } from '../../src/record/key-ring.ts'
import { databaseKey } from '../setup/database.ts'
import { valueOf } from '../setup/triggers.ts'

export const testKeys = (): KeyRing => new KeyRing('/etc/countersign/key', [databaseKey()])

export interface KeeperSettings {
  readonly keys?: KeyRing
  readonly now?: () => number
  readonly shared?: Readonly<Record<string, string>>
}

export function openKeeper({ engine }: Database, settings: KeeperSettings = {}): SecretKeeper {
  const { keys = testKeys(), now = Date.now, shared = {} } = settings
  const onTrouble = (error: Error): never => {
    throw error
  }
  return new SecretKeeper({ db: engine, keys, now, shared, onTrouble })
}

export async function set(
  database: Database,
  tenantId: string,
  secrets: Readonly<Record<string, string>>,
  keys = testKeys(),
): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    valueOf(
      await asTenant(database, tenantId, (client) =>
        setSecret({ keys, now: Date.now }, client, operatorOf(tenantId), { name, value }),
      ),
    )
  }
}

/** Every row of every table as text, as the database's owner sees it. */
export async function dump({ address }: Database): Promise<string> {
  const client = connectOwner(address)
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'`,
    )
    const texts: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`)
      texts.push(...rows.map(({ text }) => `${name} ${text}`))
    }
    return texts.join('\n')
  } finally {
    await client.end()
  }
}
