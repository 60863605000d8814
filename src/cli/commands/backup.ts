// `countersign backup`: the whole database in one file, while everything goes on.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import packageFile from '../../../package.json' with { type: 'json' }
import { readBackup } from '../../record/backup.ts'
import { writeBackupFile } from '../../record/backup-file.ts'
import { openKeyRing } from '../../record/key-ring.ts'
import { refuseBackupErrors, sayRows, saySize } from '../backup-words.ts'
import { type CommandLine, withHouse } from '../command-line.ts'

export function addBackup(program: Command, line: CommandLine): void {
  program
    .command('backup')
    .argument('<file>', 'the file to write; it must not exist yet')
    .description('write the whole database to a file, as it is at one moment; work may go on meanwhile')
    .option('--with-key', 'put the key file into the backup: whoever has it can then read every secret')
    .action(async (file: string, { withKey = false }: { withKey?: boolean }) => {
      await withHouse(line, async ({ database, now }, { keyFile }) => {
        const keys = (await openKeyRing(keyFile)).all.map(({ id }) => id)
        const taken = { product: packageFile.version, now: new Date(now()), keys }
        const chunks = counting(
          readBackup(database.address, withKey ? { ...taken, keyFile: await readFile(keyFile, 'utf8') } : taken),
        )
        const size = await refuseBackupErrors(() => writeBackupFile(resolve(file), chunks.all))
        line.terminal.print(`Backed up ${sayRows(chunks.rows())}, ${saySize(size)}, to ${file}.`)
        line.terminal.complain(...keyWarning(keyFile, withKey))
      })
    })
}

function keyWarning(keyFile: string, withKey: boolean): string[] {
  if (withKey) return ['The key is in the file: whoever has it can read every secret. Keep it like the key.']
  return [
    `The key is NOT in the file. Without ${keyFile} secrets cannot be read after a restore: keep a copy of it elsewhere.`,
  ]
}

/** Keeps what the generator returns at its end. */
function counting(chunks: AsyncGenerator<Buffer, Readonly<Record<string, number>>, void>) {
  let rows: Readonly<Record<string, number>> = {}
  async function* all(): AsyncGenerator<Buffer, void, void> {
    rows = yield* chunks
  }
  return { all: all(), rows: () => rows }
}
