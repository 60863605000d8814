// Tells whether a process lives, and tells it from a later one that was given the same id.

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Equal as long as it is the same process; undefined when none lives under this id. A zombie does not live. */
export async function processIdentity(pid: number, platform = process.platform): Promise<string | undefined> {
  if (platform === 'linux') return linuxIdentity(pid)
  if (platform === 'win32') return signalable(pid) ? 'alive' : undefined
  return psIdentity(pid)
}

/** The name of the program on Linux, cut to 15 characters by the kernel. */
export async function programName(pid: number): Promise<string | undefined> {
  const stat = await readStat(pid)
  return stat?.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
}

async function linuxIdentity(pid: number): Promise<string | undefined> {
  const stat = await readStat(pid)
  if (stat === undefined) return undefined
  // The name may hold spaces and parentheses, so fields are counted from behind it: state, then 18 others, then the start time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  // Start times count from boot, and a container's ids repeat after each boot.
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  return `${boot.trim()}:${fields[19]}`
}

async function readStat(pid: number): Promise<string | undefined> {
  return readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
}

async function psIdentity(pid: number): Promise<string | undefined> {
  const ask = promisify(execFile)('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } })
  const found = await ask.catch(() => undefined)
  const [state = 'Z', ...start] = found?.stdout.trim().split(/\s+/) ?? []
  return state.startsWith('Z') ? undefined : start.join(' ')
}

function signalable(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
