// The harness itself: a few rounds without a violation, and a missing fence that it finds.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('./run.ts', import.meta.url))

interface Ran {
  readonly code: number
  readonly lines: readonly string[]
}

function run(...given: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...given], (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, lines: stdout.trim().split('\n') })
    })
  })
}

test('rounds of crashes end without a violation, and the last line counts them', async () => {
  const { code, lines } = await run('--rounds', '4', '--seed', '11')
  expect(lines.at(-1)).toMatch(/^rounds 4, faults 4, executions \d+, steps \d+, violations 0$/)
  expect(code).toBe(0)
})

test.each(['claim_executions', 'claim_limited_executions', 'append'])('it finds that %s has no fence', async (name) => {
  const { code, lines } = await run('--rounds', '40', '--seed', '2', '--only', 'zombie', '--without-fence', name)
  expect(lines.join('\n')).toContain(`The missing fence of ${name} was found after`)
  expect(lines.at(-1)).not.toMatch(/violations 0$/)
  expect(code).toBe(1)
})
