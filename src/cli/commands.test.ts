import { beforeAll, describe, expect, test } from 'vitest'
import { type Desk, openDesk } from './cli.test-kit.ts'

const hello = `name: hello
inputs: { name: { type: string } }
steps:
  - id: greet
    action: log
    config: { message: 'Hello {{ inputs.name }}' }
output: { said: '{{ inputs.name }}' }
`
const gated = `name: gated
inputs: { amount: { type: number } }
steps:
  - id: sign_off
    action: approval.request
    condition: '{{ inputs.amount > 100 }}'
    config: { approvers: { role: finance_manager }, quorum: 2, summary: 'Pay {{ inputs.amount }}', details: { to: Acme } }
  - id: pay
    action: log
    depends_on: [sign_off.approved]
    config: { message: Paid }
`
const failing = `name: failing
inputs: { path: { type: string } }
steps:
  - id: first
    action: log
    config: { message: First }
  - id: check
    action: validate
    depends_on: [first]
    config: { data: '{{ inputs.path }}', rules: [{ check: '{{ inputs.path == "good" }}', message: The path is bad }] }
`
const form = `name: form
steps:
  - id: ask
    action: form.request
    config:
      title: Where to
      instructions: Say where.
      audience: { role: operator }
      fields: { street: { type: string }, floor: { type: integer, default: 0 }, kind: { type: string, enum: [home, work], required: false } }
output: '{{ steps.ask.output.data }}'
`
const patient = `name: patient
steps:
  - id: wait
    action: wait_for_event
    config: { event: parcel.arrived, match: { parcel: P1 } }
`

let desk: Desk
let files: Record<'hello' | 'gated' | 'failing' | 'form' | 'patient', string>

beforeAll(async () => {
  desk = await openDesk()
  files = {
    hello: await desk.file('hello.yaml', hello),
    gated: await desk.file('gated.yaml', gated),
    failing: await desk.file('failing.yaml', failing),
    form: await desk.file('form.yaml', form),
    patient: await desk.file('patient.yaml', patient),
  }
})

interface Listed {
  readonly id: string
  readonly status: string
}

async function newest(): Promise<Listed> {
  const { out } = await desk.run(['executions', 'list', '--limit', '1', '--json'])
  const [first]: Listed[] = JSON.parse(out)
  if (first === undefined) throw new Error('There is no execution.')
  return first
}

async function park(file: string, ...words: readonly string[]): Promise<string> {
  const { code } = await desk.run(['run', file, ...words])
  expect(code).toBe(3)
  return (await newest()).id
}

describe('run', () => {
  test('runs a definition to its end and prints its output', async () => {
    const { code, out } = await desk.run(['run', files.hello, '--input', 'name=Ana'])
    expect(code).toBe(0)
    expect(out).toContain('greet: Hello Ana')
    expect(out).toContain('greet: completed')
    expect(out).toContain('"said": "Ana"')
  })

  test('prints each lifecycle event as a line of JSON, and nothing else to stdout', async () => {
    const { code, out } = await desk.run(['run', files.hello, '--input', '{"name":"Ana"}', '--json'])
    const events: unknown[] = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(code).toBe(0)
    expect(events).toMatchObject([
      { type: 'workflow.started', workflow: 'hello', seq: 0 },
      { type: 'workflow.step_completed', step: 'greet', attempt: 1, outcome: 'completed', seq: 1 },
      {
        type: 'workflow.completed',
        output: { said: 'Ana' },
        steps: [{ id: 'greet', status: 'completed', outcome: 'completed' }],
        seq: 2,
      },
    ])
  })

  test('refuses inputs that do not fit, and definitions with problems, before anything is started', async () => {
    const before = (await desk.run(['executions', 'list', '--json'])).out
    const missing = await desk.run(['run', files.hello])
    expect(missing).toMatchObject({ code: 1, out: '' })
    expect(missing.err).toContain('The input `name` is missing.')
    const broken = await desk.run(['run', '-'], { input: hello.replace('action: log', 'action: lgo') })
    expect(broken).toMatchObject({ code: 1, out: '' })
    expect(broken.err).toContain('stdin:5:13  unknown_action')
    expect((await desk.run(['executions', 'list', '--json'])).out).toBe(before)
  })

  test('fails with the reason and the way on', async () => {
    const { code, out } = await desk.run(['run', files.failing, '--input', 'path=bad'])
    expect(code).toBe(1)
    expect(out).toContain('The path is bad')
    expect(out).toMatch(/Retry from the failed step: npx countersign executions retry [0-9a-f-]{36}/)
  })

  test('parks at an approval when nobody is there, and says how to decide', async () => {
    const { code, out } = await desk.run(['run', files.gated, '--input', 'amount=500'])
    expect(code).toBe(3)
    expect(out).toContain('Pay 500')
    expect(out).toContain('sign_off asks finance_manager: 0 of 2 approvals')
    expect(out).toMatch(/npx countersign approve [0-9a-f-]{36}\n/)
    expect(out).toContain('npx countersign executions follow')
  })

  test('--approve approves as those who may, and names them', async () => {
    const { code, out } = await desk.run(['run', files.gated, '--input', 'amount=500', '--approve'])
    expect(code).toBe(0)
    expect(out).toContain('Approved by Adam Admin and Fiona Finance.')
    expect(out).toContain('pay: completed')
  })

  test('--reject rejects, and with --as only in that name', async () => {
    const rejected = await desk.run([
      'run',
      files.gated,
      '--input',
      'amount=500',
      '--reject',
      '--as',
      'fiona@example.com',
    ])
    expect(rejected.out).toContain('Rejected by Fiona Finance.')
    expect(rejected.out).toContain('sign_off: rejected')
    const wrong = await desk.run(['run', files.gated, '--input', 'amount=500', '--approve', '--as', 'vera@example.com'])
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain('Only finance_manager may decide this')
    const stranger = await desk.run([
      'run',
      files.gated,
      '--input',
      'amount=500',
      '--approve',
      '--as',
      'eve@example.com',
    ])
    expect(stranger.err).toContain('There is no member eve@example.com')
  })

  test('--no-follow starts and leaves it; the same dedupe key starts nothing more', async () => {
    const words = ['run', files.hello, '--input', 'name=Ana', '--no-follow', '--dedupe-key', 'once', '--json']
    const first = await desk.run(words)
    expect(first.code).toBe(0)
    expect((await desk.run(words)).out).toBe(first.out)
    expect((await newest()).status).toBe('queued')
  })

  test('one that was switched off starts by hand, and stays switched off', async () => {
    await desk.run(['workflows', 'disable', 'hello'])
    const { code, err } = await desk.run(['run', files.hello, '--input', 'name=Ana'])
    expect(code).toBe(0)
    expect(err).toContain('hello is inactive and stays so')
    expect((await desk.run(['workflows', 'list'])).out).toMatch(/hello +v1 +inactive/)
    await desk.run(['workflows', 'enable', 'hello'])
  })
})

describe('run in a terminal', () => {
  test('draws the steps, asks for a decision with its reason, and goes on', async () => {
    const running = desk.begin(['run', files.gated, '--input', 'amount=500'], { isTerminal: true })
    await running.says('Approve? yes, no or later (y/n/l): ')
    running.type('what\r')
    running.type('y\r')
    await running.says('Reason (may be empty): ')
    running.type('fine\r')
    const { code, out } = await running.ended
    expect(code).toBe(0)
    expect(out).toContain('◆ sign_off  waiting for a person')
    expect(out).toContain('{"to":"Acme"}')
    expect(out).toContain('✓ pay')
    expect(out).toContain('Completed in')
  })

  test('no answer at all leaves it to somebody else', async () => {
    const asked = desk.begin(['run', files.gated, '--input', 'amount=500'], { isTerminal: true })
    await asked.says('Approve?')
    asked.type('n\r')
    await asked.says('Reason')
    asked.type('\u0004')
    expect((await asked.ended).code).toBe(3)
    const fields = desk.begin(['run', files.form], { isTerminal: true })
    await fields.says('street')
    fields.type('\u0004')
    expect((await fields.ended).code).toBe(3)
  })

  test('"later" leaves it to somebody else', async () => {
    const running = desk.begin(['run', files.gated, '--input', 'amount=500'], { isTerminal: true })
    await running.says('Approve?')
    running.type('l\r')
    expect((await running.ended).code).toBe(3)
  })

  test('a decision from elsewhere withdraws the question', async () => {
    const running = desk.begin(['run', files.gated, '--input', 'amount=500'], { isTerminal: true })
    await running.says('Approve?')
    const decided = await desk.run(['reject', (await newest()).id, '--reason', 'too dear'])
    expect(decided).toMatchObject({ code: 0, out: 'Rejected by Adam Admin.\n' })
    expect((await running.ended).code).toBe(0)
  })

  test('a form is asked field by field, until it fits', async () => {
    const running = desk.begin(['run', files.form], { isTerminal: true })
    await running.says('street (string): ')
    running.type('Main St\r')
    await running.says('floor (integer; default 0): ')
    running.type('high\r')
    await running.says('kind (home, work; may be empty): ')
    running.type('\r')
    await running.says('must be a whole number')
    running.type('Main St\r')
    running.type('3\r')
    running.type('work\r')
    const { code, out } = await running.ended
    expect(code).toBe(0)
    expect(out).toContain('Submitted by Fiona Finance.')
    expect(out).toContain('"floor": 3')
  })

  test('Ctrl-C leaves the execution as it is and says how it goes on', async () => {
    const running = desk.begin(['run', files.patient], { isTerminal: true })
    await running.says('waits for the event parcel.arrived')
    running.interrupt()
    const { code, out } = await running.ended
    expect(code).toBe(130)
    expect(out).toContain('Left as it is.')
    expect((await newest()).status).toBe('waiting')
  })
})

describe('approve, reject and submit', () => {
  test('an approval is decided by the beginning of its id, or by its execution', async () => {
    const execution = await park(files.gated, '--input', 'amount=200')
    const list = await desk.run(['approvals', 'list'])
    expect(list.out).toContain('Pay 200')
    const half = await desk.run(['approve', execution, '--as', 'adam@example.com', '--reason', 'fine'])
    expect(half.out).toBe('Approved by Adam Admin: 1 of 2 approvals. Still open.\n')
    const approvals: { id: string; summary: string }[] = JSON.parse(
      (await desk.run(['approvals', 'list', '--json'])).out,
    )
    const id = approvals.find(({ summary }) => summary === 'Pay 200')?.id ?? ''
    const twice = await desk.run(['approve', id, '--as', 'adam@example.com'])
    expect(twice).toMatchObject({ code: 1, out: '' })
    const whole = await desk.run(['approve', id.slice(0, 24), '--follow'])
    expect(whole.out).toContain('Approved by Fiona Finance.')
    expect(whole.out).toContain('pay: completed')
    expect(whole.code).toBe(0)
    const late = await desk.run(['reject', id])
    expect(late.code).toBe(1)
    expect(late.err).toMatch(/^Approved by Adam Admin and Fiona Finance (just now|.* ago)\./)
    expect((await desk.run(['approve', execution])).err).toContain('waits for no approval')
  })

  test('what does not exist is said so', async () => {
    expect((await desk.run(['approve', '00000000-0000'])).err).toContain(
      'There is no approval and no execution 00000000-0000',
    )
    expect(await desk.run(['approve', 'abc'])).toMatchObject({ code: 2 })
    expect((await desk.run(['submit', '00000000-0000'])).err).toContain('There is no form 00000000-0000')
    expect((await desk.run(['approvals', 'list', '--tenant', 'acme'])).err).toContain('There is no tenant "acme".')
  })

  test('a form is submitted from another terminal, once', async () => {
    const { out } = await desk.run(['run', files.form])
    const [, id = ''] =
      /npx countersign submit ([0-9a-f-]{36}) --data '\{"street":"…","floor":0,"kind":"home"\}'/.exec(out) ?? []
    const wrong = await desk.run(['submit', id, '--data', 'floor=3'])
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain('`street`')
    const right = await desk.run(['submit', id, '--data', 'street=5', '--as', 'oscar@example.com', '--follow'])
    expect(right).toMatchObject({ code: 0 })
    expect(right.out).toContain('"street": "5"')
    expect((await desk.run(['submit', id, '--data', 'street=5'])).err).toContain('is closed')
  })
})

describe('executions', () => {
  test('list filters by status and workflow', async () => {
    await park(files.gated, '--input', 'amount=300')
    const { out } = await desk.run(['executions', 'list', '--status', 'waiting', '--workflow', 'gated'])
    expect(out).toMatch(/^ID +WORKFLOW +STATUS/)
    expect(out.split('\n')[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4} +gated v1 +waiting/)
    expect((await desk.run(['executions', 'list', '--workflow', 'none'])).out).toContain('No executions.')
  })

  test('show tells the steps, what happened when, and what it waits for', async () => {
    const id = await park(files.gated, '--input', 'amount=300')
    const { out } = await desk.run(['executions', 'show', id])
    expect(out).toContain('◆ sign_off  waiting for a person')
    expect(out).toContain('· pay       not yet')
    expect(out).toContain('inputs      {"amount":300}')
    expect(out).toContain('npx countersign approve')
    const shown: unknown = JSON.parse((await desk.run(['executions', 'show', id, '--json'])).out)
    expect(shown).toMatchObject({
      id,
      status: 'waiting',
      steps: [
        { id: 'sign_off', status: 'waiting' },
        { id: 'pay', status: 'pending' },
      ],
      events: [{ type: 'workflow.started' }, { type: 'workflow.awaiting_approval' }],
    })
  })

  test('pause, resume and cancel steer an execution, and refuse what its status does not allow', async () => {
    const id = await park(files.gated, '--input', 'amount=300')
    expect((await desk.run(['executions', 'pause', id])).out).toContain(`Pausing ${id}.\nNo worker is alive.`)
    const worker = desk.begin(['worker'])
    await worker.says('The worker is ready')
    await until(async () => (await newest()).status === 'paused')
    expect((await desk.run(['executions', 'show', id])).out).toContain('Paused. npx countersign executions resume')
    expect((await desk.run(['executions', 'resume', id])).out).toBe(`Resuming ${id}.\n`)
    await until(async () => (await newest()).status === 'waiting')
    const cancelled = await desk.run(['executions', 'cancel', id, '--reason', 'changed our mind', '--follow'])
    expect(cancelled.code).toBe(4)
    expect(cancelled.out).toContain('Cancelled after')
    const refused = await desk.run(['executions', 'pause', id])
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.err).toContain(`The execution ${id} is cancelled: it cannot be paused.`)
    worker.interrupt()
    expect((await worker.ended).code).toBe(0)
  })

  test('retry goes on from the failed step, with a mended definition or from a named step', async () => {
    await desk.run(['run', files.failing, '--input', 'path=bad'])
    const { id } = await newest()
    const again = await desk.run(['executions', 'retry', id, '--follow'])
    expect(again.code).toBe(1)
    expect(again.out).toContain('from where it failed')
    expect((await desk.run(['executions', 'retry', id, '--from', 'nowhere'])).err).toContain('has no step "nowhere"')
    expect((await desk.run(['executions', 'retry', id, '--file', files.hello])).err).toContain('defines "hello"')
    const mended = await desk.file('mended.yaml', failing.replace('== "good"', '== "bad"'))
    const done = await desk.run(['executions', 'retry', id, '--from', 'check', '--file', mended, '--follow'])
    expect(done.out).toContain('from check, with version 2.')
    expect(done.code).toBe(0)
    expect((await desk.run(['executions', 'retry', id])).err).toContain('is completed: only a failed or cancelled one')
    const rerun = await desk.run(['executions', 'rerun', id, '--follow'])
    expect(rerun.code).toBe(0)
    expect((await newest()).id).not.toBe(id)
  })

  test('follow does not park while something that was sent has not been taken in', async () => {
    const id = await park(files.gated, '--input', 'amount=300')
    expect((await desk.run(['executions', 'cancel', id])).out).toContain('No worker is alive.')
    expect((await desk.run(['executions', 'follow', id])).code).toBe(4)
  })

  test('follow goes on with what was left, and shows why it waits when nobody works', async () => {
    await desk.run(['run', files.hello, '--input', 'name=Ana', '--no-follow'])
    const { id } = await newest()
    expect((await desk.run(['executions', 'show', id])).out).toContain('Waits for a worker, and none is alive.')
    expect((await desk.run(['executions', 'follow', id, '--json'])).out).toContain('"type":"workflow.completed"')
  })
})

describe('workflows and events', () => {
  test('apply saves, says what is new, and shows the address of a webhook once', async () => {
    const hook = await desk.file('hook.yaml', `${hello.replace('name: hello', 'name: hook')}trigger: { webhook: {} }\n`)
    const first = await desk.run(['workflows', 'apply', hook])
    expect(first.out).toMatch(
      /^hook: saved as version 1, active\n {2}webhook, shown only now: http:\/\/127\.0\.0\.1:0\/hooks\/\S{43}\n$/,
    )
    expect((await desk.run(['workflows', 'apply', hook])).out).toBe('hook: unchanged, version 1, active\n')
    expect((await desk.run(['workflows', 'list', '--json'])).out).toContain('"name": "hook"')
    expect((await desk.run(['workflows', 'enable', 'nothing'])).err).toContain('There is no workflow "nothing".')
  })

  test('an event starts what listens for it and wakes what waits for it, once', async () => {
    const listener = await desk.file(
      'listener.yaml',
      `${hello.replace('name: hello', 'name: listener')}trigger: { event: parcel.arrived, where: '{{ trigger.name == "Ana" }}' }\n`,
    )
    await desk.run(['workflows', 'apply', listener])
    const running = desk.begin(['run', files.patient])
    await running.says('waits for the event parcel.arrived')
    const words = ['events', 'send', 'parcel.arrived', '--id', 'e1', '--data', '{"parcel":"P1"}', '--data', 'name=Ana']
    const sent = await desk.run(words)
    expect(sent.out).toContain('Started listener: ')
    expect(sent.out).toContain('waiting step')
    expect((await running.ended).code).toBe(0)
    expect((await desk.run(words)).out).toContain('has been received before')
    const other = await desk.run(['events', 'send', 'parcel.arrived', '--data', 'name=Ben', '--json'])
    expect(JSON.parse(other.out)).toMatchObject({ duplicate: false, fired: [{ outcome: 'no_match' }] })
    expect((await desk.run(['events', 'send', 'parcel.lost'])).out).toBe('Nothing listens for parcel.lost.\n')
    const refused = await desk.run([
      'events',
      'send',
      'parcel.arrived',
      '--data',
      '{"name":"Ana","parcel":7}',
      '--data',
      'name=7',
    ])
    expect(refused.out).toMatch(/listener( could not start: |: its condition is false)/)
    expect(await desk.run(['events', 'send', 'x'.repeat(501)])).toMatchObject({ code: 1, out: '' })
  })
})

describe('migrate and doctor', () => {
  test('an empty installation says what to do first', async () => {
    const fresh = await openDesk()
    expect((await fresh.run(['workflows', 'list'])).out).toBe(
      'No workflows. Save one: npx countersign workflows apply FILE\n',
    )
    expect((await fresh.run(['approvals', 'list'])).out).toBe('Nothing waits for a decision.\n')
    expect((await fresh.run(['executions', 'list'])).out).toContain('Start one: npx countersign run FILE')
  })

  test('migrate says what there was to do', async () => {
    expect((await desk.run(['migrate'])).out).toBe('The database is up to date.\n')
    const fresh = await openDesk()
    expect((await fresh.run(['migrate'])).out).toContain('Applied 0001_foundation.sql.')
  })

  test('doctor finds nothing wrong with a sound installation, and gives JSON', async () => {
    const { out } = await desk.run(['doctor'])
    for (const said of ['Node.js', 'PostgreSQL', 'roles', 'clock', 'SMTP_URL']) expect(out).toContain(said)
    const checks: unknown = JSON.parse((await desk.run(['doctor', '--json'])).out)
    expect(checks).toContainEqual(expect.objectContaining({ name: 'database', level: 'fine' }))
  })

  test('doctor says what is wrong and how to mend it, also without a database', async () => {
    const { code, out } = await desk.run(['doctor'], {
      environment: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    })
    expect(code).toBe(1)
    expect(out).toContain('✗ database  The database cannot be reached')
    expect(out).toContain('found something wrong.')
  })
})

/** Asks again until it is so; the test's own time limit ends a wait in vain. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve))
}
