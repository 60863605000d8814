import { EventEmitter } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { runOffline } from './cli.test-kit.ts'
import { openTerminal } from './terminal.ts'

const valid = 'name: hello\nsteps:\n  - id: greet\n    action: log\n    config: { message: Hello }\n'
const broken = valid.replace('action: log', 'action: lgo')

describe('the program', () => {
  test('shows its commands and exit codes with --help', async () => {
    const { code, out } = await runOffline(['--help'])
    expect(code).toBe(0)
    for (const said of ['validate', 'run', 'serve', 'worker', 'executions', 'doctor', 'Exit codes:', '130'])
      expect(out).toContain(said)
  })

  test('without a command shows how it is used', async () => {
    expect(await runOffline([])).toMatchObject({ code: 2, out: '' })
  })

  test('prints its version', async () => {
    expect((await runOffline(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test.each([
    [['valid'], "unknown command 'valid'", 'validate'],
    [['run'], "missing required argument 'file'", '--help'],
    [['run', 'x.yaml', '--approved'], "unknown option '--approved'", '--approve'],
    [['run', 'x.yaml', '--approve', '--reject'], 'cannot be used with', '--help'],
    [['executions', 'list', '--limit', 'many'], 'must be a whole number', '--help'],
    [['executions', 'list', '--status', 'done'], 'Allowed choices are', 'completed'],
  ])('%j is a wrong use, with a word on the right one', async (words, complaint, advice) => {
    const { code, out, err } = await runOffline(words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(complaint)
    expect(err).toContain(advice)
  })

  test('a wrong environment ends the command with a sentence for each variable', async () => {
    const { code, err } = await runOffline(['migrate'], { environment: { PORT: 'x', COUNTERSIGN_LEASE: 'long' } })
    expect(code).toBe(2)
    expect(err).toContain('PORT: ')
    expect(err).toContain('COUNTERSIGN_LEASE: must be a duration')
    expect(err).not.toContain('    at ')
  })

  test('a database that cannot be reached is one sentence, with a stack only for LOG_LEVEL=debug', async () => {
    const environment = { COUNTERSIGN_DATA: '/tmp/countersign-offline-test' }
    const { code, err } = await runOffline(['executions', 'list'], { environment })
    expect(code).toBe(5)
    expect(err).toContain('The database cannot be reached')
    expect(err).not.toContain('    at ')
    const debugged = await runOffline(['executions', 'list'], { environment: { ...environment, LOG_LEVEL: 'debug' } })
    expect(debugged.err).toContain('    at ')
  })
})

describe('validate', () => {
  test('reads a definition from stdin and finds nothing wrong', async () => {
    const out = 'stdin: valid, class A\n'
    expect(await runOffline(['validate', '-'], { input: valid })).toEqual({ code: 0, out, err: '' })
  })

  const calling = `${valid}  - id: call
    action: http.request
    config: { url: "https://crm.example/orders" }
  - id: tell
    action: email.send
    config: { to: ana@acme.example, subject: Order, text: Sent }
`

  test('names the class, and why of each step that is more than class A', async () => {
    const { code, out } = await runOffline(['validate', '-'], { input: calling })
    expect([code, out.split('\n')]).toEqual([
      0,
      [
        'stdin: valid, class C',
        '  call  C  http.request to crm.example leaves the company.',
        '  tell  C  email.send has effects that leave the company or cannot be taken back.',
        '',
      ],
    ])
    const environment = { COUNTERSIGN_ALLOW_HOSTS: 'crm.example' }
    const { out: inside } = await runOffline(['validate', '-'], { input: calling, environment })
    expect(inside).toContain('  call  B  http.request to crm.example stays inside the company.')
  })

  test('gives the class and all reasons as JSON', async () => {
    const { out } = await runOffline(['validate', '-', '--json'], { input: calling })
    const reasons = [
      { step: 'greet', class: 'A' },
      { step: 'call', class: 'C', reason: expect.any(String) },
      { step: 'tell' },
    ]
    expect(JSON.parse(out)).toMatchObject([{ valid: true, problems: [], impact: { class: 'C', reasons } }])
  })

  test('shows each problem with its place, its line and the hint', async () => {
    const { code, out } = await runOffline(['validate', '-'], { input: broken })
    expect(code).toBe(1)
    expect(out).toContain('stdin:4:13  unknown_action  Unknown action `lgo`.\n')
    expect(out).toContain('   4 |     action: lgo\n     |             ^\n')
    expect(out).toContain('hint: Did you mean `log`?')
    expect(out).toContain('1 problem found.')
  })

  test('gives the problems as JSON', async () => {
    const { code, out } = await runOffline(['validate', '-', '--json'], { input: broken })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject([
      {
        file: 'stdin',
        valid: false,
        impact: null,
        problems: [{ code: 'unknown_action', line: 4, column: 13, pointer: '/steps/0/action' }],
      },
    ])
  })

  test('knows the secrets of the environment', async () => {
    const input = valid.replace('Hello', "'{{ secrets.TOKEN }}'")
    expect((await runOffline(['validate', '-'], { input })).out).toContain('missing_secret')
    expect((await runOffline(['validate', '-'], { input, environment: { COUNTERSIGN_SECRET_TOKEN: 'x' } })).code).toBe(
      0,
    )
  })

  test('what is not text is no definition', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'countersign-text-')), 'x.yaml')
    await writeFile(path, Buffer.from([0x61, 0xff, 0xfe]))
    expect((await runOffline(['validate', path])).err).toContain('it is not UTF-8 text')
  })

  test.each([
    ['/nowhere/x.yaml', 'there is no such file'],
    ['/tmp', 'it is a directory'],
    [process.execPath, 'too large'],
    ['/dev/null/x', 'ENOTDIR'],
  ])('says why %s cannot be read', async (path, reason) => {
    const { code, err } = await runOffline(['validate', path])
    expect(code).toBeGreaterThan(0)
    expect(err).toMatch(new RegExp(reason))
  })
})

describe('the terminal', () => {
  const streams = () => ({ stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() })

  test('a reader that goes away is no error: what follows is dropped', async () => {
    const given = streams()
    const terminal = openTerminal(given, Object.assign(new EventEmitter(), { exit: () => undefined }))
    given.stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    await new Promise((resolve) => given.stdout.once('close', resolve))
    terminal.print('nobody reads this')
    expect(terminal.isBroken).toBe(true)
  })

  test('the second interrupt ends the process at once', () => {
    const codes: number[] = []
    const signals = Object.assign(new EventEmitter(), { exit: (code: number) => codes.push(code) })
    let heard = 0
    const release = openTerminal(streams(), signals).onInterrupt(() => heard++)
    signals.emit('SIGINT')
    expect({ heard, codes }).toEqual({ heard: 1, codes: [] })
    signals.emit('SIGTERM')
    expect({ heard, codes }).toEqual({ heard: 1, codes: [130] })
    release()
    expect(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM')).toBe(0)
  })

  test('colours are for terminals that have them', () => {
    const signals = Object.assign(new EventEmitter(), { exit: () => undefined })
    const live = Object.assign(new PassThrough(), { isTTY: true, hasColors: () => true })
    expect(openTerminal({ ...streams(), stdout: live }, signals).paint('red', 'x')).toBe('\u001B[31mx\u001B[39m')
    expect(openTerminal(streams(), signals).paint('red', 'x')).toBe('x')
  })
})
