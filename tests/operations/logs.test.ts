// What log lines promise to whoever searches them: the same names for the same ids, everywhere.

import { expect, test } from 'vitest'
import { install } from '../cli/program.ts'

test('the lines of a run and of a request name execution, tenant, step and request', async () => {
  const { start, run } = await install()
  const serving = start(['serve', '--no-examples'], { LOG_LEVEL: 'debug' })
  const [, url = ''] = await serving.says(/Countersign is ready at (http:\S+) /)
  const answer = await fetch(`${url}/health`)
  const ran = await run([
    'run',
    'examples/purchase-order-approval.yaml',
    '--input',
    'order_id=PO-1',
    '--input',
    'amount=120',
    '--json',
  ])
  expect(ran.code).toBe(0)
  serving.child.kill('SIGTERM')
  const { err } = await serving.ended
  const lines: Record<string, unknown>[] = err
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  for (const line of lines)
    expect(line).toMatchObject({ level: expect.any(String), time: expect.any(String), message: expect.any(String) })
  expect(lines).toContainEqual(
    expect.objectContaining({
      request: answer.headers.get('x-request-id'),
      method: 'GET',
      path: '/health',
      status: 200,
    }),
  )
  const id = /"execution_?[iI]d":"([0-9a-f-]{36})"/.exec(ran.out)?.[1]
  expect(id).toBeDefined()
  const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(lines).toContainEqual(expect.objectContaining({ executionId: id, tenantId: uuid, step: expect.any(String) }))
})
