// Who lives, and who only has the id of someone who did.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { processIdentity, programName } from './process-identity.ts'

const platforms: readonly NodeJS.Platform[] = [...new Set([process.platform, 'darwin', 'win32'] as const)]

describe.each(platforms)('as told on %s', (platform) => {
  it('a process is the same as long as it lives, and nobody afterwards', async () => {
    const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'])
    await once(child, 'spawn')
    const identity = await processIdentity(child.pid ?? 0, platform)
    expect(identity).toBeTypeOf('string')
    expect(await processIdentity(child.pid ?? 0, platform)).toBe(identity)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await processIdentity(child.pid ?? 0, platform)).toBeUndefined()
  })
})

it('a zombie does not live', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs /proc')
  // The shell says the id of its child and turns into a program that never reaps.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  onTestFinished(() => void shell.kill('SIGKILL'))
  const [line]: unknown[] = await once(shell.stdout, 'data')
  await expect.poll(() => programName(shell.pid ?? 0), { interval: 2 }).toBe('sleep')
  const pid = Number.parseInt(String(line), 10)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => processIdentity(pid), { interval: 2 }).toBeUndefined()
  expect(await programName(pid)).toBeDefined()
  expect(await processIdentity(pid, 'darwin')).toBeUndefined()
})

it('the name of a program is told on Linux', async ({ skip }) => {
  skip(process.platform !== 'linux', 'needs /proc')
  expect(await programName(process.pid)).toBeTypeOf('string')
  expect(await programName(4_194_305)).toBeUndefined()
})
