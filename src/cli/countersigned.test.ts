import { beforeAll, describe, expect, test } from 'vitest'
import { type Desk, openDesk } from './cli.test-kit.ts'

/** Nothing leaves: the address is one that the guard refuses. */
const critical = (name: string): string => `name: ${name}
title: Post the order
steps:
  - id: post
    action: http.request
    config: { url: 'http://127.0.0.1:9/orders' }
    on_error: note
  - id: note
    action: log
    config: { message: Noted }
`

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})

const idIn = (text: string): string => /npx countersign approve (\S+)/.exec(text)?.[1] ?? ''

describe('a workflow that has to be countersigned', () => {
  test('is saved and not started; once it is approved from elsewhere, running it again starts it', async () => {
    const file = await desk.file('post.yaml', critical('post'))
    const waits = await desk.run(['run', file])
    expect(waits.code).toBe(3)
    expect(waits.out).toContain('post is saved and inactive: it has to be countersigned before it runs.')
    expect(waits.out).toContain('"Post the order", version 1: activate it')
    expect(waits.out).toContain('asks owner or admin: 0 of 1 approvals')
    const id = idIn(waits.out)
    const again = await desk.run(['run', file, '--json'])
    expect(again.code).toBe(3)
    expect(JSON.parse(again.out)).toEqual({ workflow: 'post', waits_for_approvals: [id] })
    expect((await desk.run(['executions', 'list'])).out).not.toContain('post')
    const approved = await desk.run(['approve', id])
    expect(approved).toMatchObject({ code: 0 })
    expect(approved.out).toContain('Approved by Adam Admin.')
    const ran = await desk.run(['run', file])
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('Noted')
  })

  test('runs in one go with --approve, and --reject starts nothing', async () => {
    const file = await desk.file('go.yaml', critical('go'))
    const refused = await desk.run(['run', file, '--reject'])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('It was not approved: nothing was started.')
    const ran = await desk.run(['run', file, '--approve', '--as', 'olivia@example.com'])
    expect(ran.err).toContain('Approved by Olivia Owner.')
    expect(ran.code).toBe(0)
  })

  test('is countersigned again when its content changes', async () => {
    const file = await desk.file('changed.yaml', critical('changed'))
    expect((await desk.run(['run', file, '--approve'])).code).toBe(0)
    const other = await desk.file('changed.yaml', critical('changed').replace('Noted', 'Written down'))
    expect((await desk.run(['run', other])).code).toBe(3)
  })

  test('is asked for when it is applied or enabled, and not while it is kept off', async () => {
    const file = await desk.file('applied.yaml', critical('applied'))
    const off = await desk.run(['workflows', 'apply', file, '--inactive'])
    expect(off.out).toBe('applied: saved as version 1, inactive\n')
    const enabled = await desk.run(['workflows', 'enable', 'applied'])
    expect(enabled.code).toBe(3)
    expect(enabled.out).toContain('applied has to be countersigned:')
    const applied = await desk.run(['workflows', 'apply', file])
    expect(applied.out).toContain('applied: unchanged, version 1, inactive')
    expect(idIn(applied.out)).toBe(idIn(enabled.out))
    expect((await desk.run(['workflows', 'disable', 'applied'])).out).toBe('applied is inactive.\n')
    expect((await desk.run(['approve', idIn(enabled.out)])).err).toContain('Withdrawn')
    await desk.run(['workflows', 'enable', 'applied'])
    expect((await desk.run(['run', file, '--approve'])).code).toBe(0)
    await desk.run(['workflows', 'disable', 'applied'])
    const byHand = await desk.run(['run', file])
    expect(byHand).toMatchObject({ code: 0 })
    expect(byHand.err).toContain('applied is inactive and stays so')
  })
})
