// What the operating system says about processes: their memory and the time they have had. Linux only.

import { readdir, readFile } from 'node:fs/promises'

/** Ticks a second in /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

interface Stat {
  readonly parent: number
  /** CPU time of the process. */
  readonly cpuMs: number
  /** CPU time of its children that have ended. */
  readonly endedChildrenMs: number
}

async function readStat(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // The name, in parentheses, may hold anything; after it the third field follows.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const ms = (from: number) => (((fields[from] ?? 0) + (fields[from + 1] ?? 0)) / ticksPerSecond) * 1000
  return { parent: fields[1] ?? 0, cpuMs: ms(11), endedChildrenMs: ms(13) }
}

/** Resident memory; undefined where there is no /proc, or no such process. */
export async function residentMb(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]
  return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6
}

/** CPU time of a process; NaN where there is no /proc, or no such process. */
export async function ownCpuMs(pid: number): Promise<number> {
  return (await readStat(pid))?.cpuMs ?? Number.NaN
}

/** CPU time that the parent of a process and all of its children have had, those included that have ended. */
export async function familyCpuMs(pid: number): Promise<number | undefined> {
  const own = await readStat(pid)
  if (own === undefined) return undefined
  const parent = await readStat(own.parent)
  if (parent === undefined) return undefined
  const pids = (await readdir('/proc')).map(Number).filter((id) => Number.isInteger(id))
  const stats = await Promise.all(pids.map(readStat))
  const children = stats.filter((stat) => stat?.parent === own.parent)
  return children.reduce((sum, stat) => sum + (stat?.cpuMs ?? 0), parent.cpuMs + parent.endedChildrenMs)
}
