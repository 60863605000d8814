// What `countersign preview` promises.

import { Command } from 'commander'
import { expect, test } from 'vitest'
import { openDesk } from '../../src/cli/cli.test-kit.ts'
import { addPreview } from '../../src/cli/commands/preview.ts'
import { plain, type Terminal } from '../../src/cli/terminal.ts'
import { readConfig } from '../../src/config.ts'

test('a definition is previewed with the inputs that are given, and saved nowhere', async () => {
  const desk = await openDesk()
  const lines: string[] = []
  const terminal: Terminal = {
    print: (...given) => void lines.push(...given),
    complain: () => {},
    write: () => {},
    paint: plain,
    isLive: false,
    canAsk: false,
    isErrorLive: false,
    size: () => ({ columns: 120, rows: 40 }),
    ask: async () => undefined,
    askHidden: async () => undefined,
    readInput: async () => '',
    onInterrupt: () => () => {},
    isBroken: false,
  }
  const run = async (...words: string[]): Promise<string> => {
    lines.length = 0
    const program = new Command().exitOverride()
    addPreview(program, { terminal, config: () => readConfig(desk.environment), finish: () => {} })
    await program.parseAsync(['preview', 'examples/purchase-order-approval.yaml', ...words], { from: 'user' })
    return lines.join('\n')
  }
  expect(await run('--input', '{"order_id":"PO-1","amount":62000}')).toMatch(
    /turned_down +notification.send +A +if sign_off/,
  )
  expect(JSON.parse(await run('--json'))).toMatchObject({ sampled_inputs: ['order_id', 'amount'] })
  await expect(run('--input', 'amount=-1')).rejects.toThrow('must be at least 0')
})
