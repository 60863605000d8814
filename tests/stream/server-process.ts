// A stream server as a process of its own, for tests that kill it. Its argument is the database's address and the key.

import { openDatabase, type DatabaseAddress } from '../../src/record/database.ts'
import { startStreamServer } from './stream-server.ts'

const { address, key }: { address: DatabaseAddress; key: string } = Object(JSON.parse(process.argv[2] ?? '{}'))
const database = openDatabase(address, Buffer.from(key, 'hex'), { onError: () => {} })
const { port } = await startStreamServer(database)
process.send?.(port)
