// `countersign restore`: fills an empty database from a backup, and says whether what it holds is whole.

import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { verifyAudit } from '../../governance/audit.ts'
import type { House } from '../../main.ts'
import { readBackupFile } from '../../record/backup-file.ts'
import { openBackup, type RestoredStart } from '../../record/backup-restore.ts'
import { openKeyRing } from '../../record/key-ring.ts'
import { listTenants } from '../../record/policies.ts'
import { refuseBackupErrors, sayRows } from '../backup-words.ts'
import { type CommandLine, withHouse } from '../command-line.ts'
import { Refusal } from '../refusal.ts'

export function addRestore(program: Command, line: CommandLine): void {
  program
    .command('restore')
    .argument('<file>', 'a file that `countersign backup` wrote')
    .description('fill an empty database from a backup: all of it or nothing')
    .option('--without-key', 'go on although the key of the backup is not here: its secrets are lost')
    .action(async (file: string, { withoutKey = false }: { withoutKey?: boolean }) => {
      const backup = await refuseBackupErrors(() => openBackup(readBackupFile(resolve(file))))
      await settleKey(line.config().keyFile, backup.start, withoutKey)
      await withHouse(line, async (house) => {
        const { rows } = await refuseBackupErrors(() =>
          backup.restoreInto(house.database.address, new Date(house.now())),
        )
        line.terminal.print(`Restored ${sayRows(rows)}, as of ${backup.start.taken_at}.`)
        const isWhole = await checkAudits(house, line)
        if (!isWhole) line.finish('failed')
        line.terminal.print(
          'Next: start `npx countersign serve`. What was under way goes on from the moment of the backup;',
          'actions that reach other systems may be repeated, with the same idempotency keys as before.',
          'See that what the backup was taken of no longer runs.',
        )
      })
    })
}

/** Before anything is opened, since the first start makes a key where there is none. */
async function settleKey(keyFile: string, { keys, key_file: text }: RestoredStart, withoutKey: boolean): Promise<void> {
  if (text !== undefined && !(await isThere(keyFile))) {
    await mkdir(dirname(keyFile), { recursive: true })
    await writeFile(keyFile, text, { mode: 0o600, flag: 'wx' })
  }
  if (withoutKey) return
  const ring = (await isThere(keyFile)) ? await openKeyRing(keyFile) : undefined
  if (ring !== undefined && keys.every((id) => ring.find(id) !== undefined)) return
  throw new Refusal(
    'failed',
    ring === undefined
      ? `The key of the backup is not here: there is no ${keyFile}.`
      : `The key in ${keyFile} is not the one of the backup.`,
    'Put the key file of the installation there, or go on with --without-key: secrets and open callbacks are then lost.',
  )
}

async function checkAudits({ database }: House, { terminal }: CommandLine): Promise<boolean> {
  let entries = 0
  let faults = 0
  for (const { id, slug } of await listTenants(database.engine)) {
    const found = await verifyAudit(database.engine, id)
    const broken = found.faultCount + found.executions.faultCount
    entries += found.entries
    faults += broken
    if (broken > 0)
      terminal.complain(`The audit of "${slug}" has ${broken} faults: npx countersign audit verify --tenant ${slug}`)
  }
  if (faults === 0) terminal.print(`The audit is whole: ${entries.toLocaleString('en-US')} entries.`)
  return faults === 0
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
