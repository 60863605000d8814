// A backup in a process of its own, which says when it is half-way and then waits to be killed.

import { readBackup } from '../../src/record/backup.ts'
import { writeBackupFile } from '../../src/record/backup-file.ts'

const [address = '', file = ''] = process.argv.slice(2)

async function* halfOf(): AsyncGenerator<Buffer, void, void> {
  let bytes = 0
  for await (const chunk of readBackup(JSON.parse(address), { product: '', now: new Date(), keys: [] })) {
    bytes += chunk.length
    yield chunk
    if (bytes < 2_000_000) continue
    process.stdout.write('half')
    await new Promise(() => setInterval(() => undefined, 1000))
  }
}

await writeBackupFile(file, halfOf())
