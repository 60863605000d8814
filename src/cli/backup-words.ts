// What backup and restore say in the same words.

import { BackupError } from '../record/backup-reader.ts'
import { Refusal } from './refusal.ts'

export function sayRows(rows: Readonly<Record<string, number>>): string {
  const count = Object.values(rows).reduce((sum, each) => sum + each, 0)
  return `${count.toLocaleString('en-US')} rows of ${Object.keys(rows).length} tables`
}

export function saySize(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

export async function refuseBackupErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BackupError) throw new Refusal('failed', error.message)
    throw error
  }
}
