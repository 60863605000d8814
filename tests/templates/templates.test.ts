// Templates over HTTP: kept, used, pre-approved by a council, run at once, revoked.

import { describe, expect, test } from 'vitest'
import { greeting, greetingTemplate, openTemplateHouse } from './template-house.ts'

let now = Date.now()
const house = await openTemplateHouse(() => now)
const { send, preApprove, vote, tenant, api } = house
const create = (name: string, given: object = {}) => send('ben', 'POST', '/templates', greetingTemplate(name, given))
const get = async (name: string) => (await send('ana', 'GET', `/templates/${name}`)).body

describe('a template', () => {
  test('is created, listed, edited with its ETag, deleted and brought back', async () => {
    const made = await create('keeping', { tags: ['keep'] })
    expect([made.status, made.body.is_pre_approved, made.body.usage_count]).toEqual([201, false, 0])
    const listed = await send('ana', 'GET', '/templates?tag=keep&category=operations&search=GREET&pre_approved=false')
    expect(listed.body.items.map(({ name }: { name: string }) => name)).toEqual(['keeping'])
    expect((await send('ana', 'GET', '/templates?search=nothing-like-it')).body.total).toBe(0)
    const unread = await send('ben', 'PATCH', '/templates/keeping', { title: 'Other' })
    expect(unread.status).toBe(428)
    const stale = await send('ben', 'PATCH', '/templates/keeping', { title: 'Other' }, { 'if-match': '"x"' })
    expect(stale.status).toBe(412)
    const etag = { 'if-match': made.headers['etag'] }
    const edited = await send('ben', 'PATCH', '/templates/keeping', { title: 'Other' }, etag)
    expect(edited.body).toMatchObject({ title: 'Other', revision: 2, required_fields: ['who'] })
    expect((await send('ben', 'DELETE', '/templates/keeping', undefined, etag)).status).toBe(412)
    expect((await send('ben', 'DELETE', '/templates/keeping')).status).toBe(204)
    expect((await send('ana', 'GET', '/templates/keeping')).status).toBe(404)
    expect((await send('ben', 'DELETE', '/templates/keeping')).status).toBe(404)
    expect((await send('ben', 'PATCH', '/templates/keeping', {}, etag)).status).toBe(404)
    expect((await send('ben', 'POST', '/templates/keeping/restore')).body).toMatchObject({ title: 'Other' })
    expect((await send('ben', 'POST', '/templates/keeping/restore')).status).toBe(409)
    expect((await send('ben', 'POST', '/templates/never-was/restore')).status).toBe(404)
    expect((await create('keeping')).status).toBe(409)
  })

  test('whose workflow or fields are wrong is refused with everything that is', async () => {
    const broken = await create('broken', { source: 'name: x\nsteps:\n  - { id: a, action: lgo }\n' })
    expect([broken.status, broken.body.errors]).toEqual([422, [expect.objectContaining({ code: 'unknown_action' })]])
    const fields = await create('broken', { required_fields: ['whom'], default_inputs: {}, optional_fields: [] })
    expect(fields.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/required_fields/0',
      '/required_fields',
      '/required_fields',
    ])
  })

  test('tells what a use would be made of, and makes a draft of it', async () => {
    await create('used')
    const preview = (inputs: object) => send('dora', 'POST', '/templates/used/preview', { inputs })
    expect((await preview({ whom: 'x' })).body).toMatchObject({ ready: false, missing: ['who'], unknown: ['whom'] })
    expect((await preview({ who: 'Ana' })).body).toMatchObject({
      ready: true,
      runs_at_once: false,
      inputs: { who: 'Ana', words: 'Hello Ana.' },
      problems: [],
    })
    const refused = await send('dora', 'POST', '/templates/used/use', { inputs: { whom: 1, words: 'x' } })
    expect(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/inputs/who',
      '/inputs/whom',
      '/inputs/words',
      '/inputs/words',
    ])
    const made = await send('dora', 'POST', '/templates/used/use', { inputs: { who: 'Ana' } })
    expect([made.status, made.body.inputs]).toEqual([201, { who: 'Ana', words: 'Hello Ana.' }])
    expect(await get('used')).toMatchObject({ usage_count: 1, last_used_at: expect.any(String) })
    expect((await send('dora', 'POST', '/templates/nobody/preview', {})).status).toBe(404)
    expect((await send('dora', 'POST', '/templates/nobody/use', {})).status).toBe(404)
  })
})

describe('pre-approval', () => {
  test('comes by the vote of a council alone, and lets a template run at once', async () => {
    await create('quick')
    const early = await send('dora', 'POST', '/templates/quick/run', { inputs: { who: 'Ana' } })
    expect([early.status, early.body.errors[0].hint]).toEqual([409, expect.stringContaining('ask a council')])
    const approvalId = await preApprove('quick')
    expect(await get('quick')).toMatchObject({
      is_pre_approved: true,
      approved_by_council: 'finance',
      approval_id: approvalId,
    })
    expect((await send('ben', 'POST', '/templates/quick/pre-approval', { council: 'finance' })).status).toBe(409)
    const key = { 'idempotency-key': 'once' }
    const ran = await send('dora', 'POST', '/templates/quick/run', { inputs: { who: 'Ana' } }, key)
    const again = await send('dora', 'POST', '/templates/quick/run', { inputs: { who: 'Ana' } }, key)
    expect([ran.status, again.body]).toEqual([201, ran.body])
    expect(await get('quick')).toMatchObject({ usage_count: 1 })
    const execution = await send('ana', 'GET', `/executions/${ran.body.id}`)
    expect(execution.body).toMatchObject({ workflow: 'template-quick', inputs: { who: 'Ana', words: 'Hello Ana.' } })
    const missing = await send('dora', 'POST', '/templates/quick/run')
    expect(missing.body.errors).toContainEqual(expect.objectContaining({ pointer: '/inputs/who' }))
    // Nothing else starts what it runs.
    expect((await send('ana', 'POST', '/executions', { workflow: 'template-quick', inputs: {} })).status).toBe(409)
    expect((await house.auditOf()).filter((action) => /^(template|grant)\./.test(action)).slice(-4)).toEqual([
      'template.pre_approval_requested',
      'template.pre_approved',
      'template.run',
      'grant.given',
    ])
  })

  test('is lost by an edit of what it does, not by one of what is said of it', async () => {
    await create('edited')
    await preApprove('edited')
    const edit = async (payload: object) => {
      const { headers } = await send('ben', 'GET', '/templates/edited')
      return send('ben', 'PATCH', '/templates/edited', payload, { 'if-match': headers['etag'] })
    }
    expect((await edit({ title: 'Greetings', source: `# said otherwise\n${greeting()}` })).body.is_pre_approved).toBe(
      true,
    )
    expect((await edit({ approved_copy_blocks: { hello: 'Go away, {who}.' } })).body.is_pre_approved).toBe(false)
    const asked = await send('ben', 'POST', '/templates/edited/pre-approval', { council: 'finance' })
    expect((await edit({ source: greeting('{{ inputs.note }}') })).status).toBe(200)
    const late = await vote('ana', asked.body.approval_id, 'approve')
    expect(late).toMatchObject({ ok: false, problems: [{ code: 'conflict' }] })
    expect((await send('ben', 'POST', '/templates/edited/pre-approval', { council: 'finance' })).status).toBe(201)
    const twice = await send('ben', 'POST', '/templates/edited/pre-approval', { council: 'finance' })
    expect([twice.status, twice.body.errors[0].hint]).toEqual([409, expect.stringContaining('Withdraw')])
  })

  test('can be refused, and is not given to what nobody could approve', async () => {
    await create('refused')
    const asked = await send('ben', 'POST', '/templates/refused/pre-approval', { council: 'finance' })
    for (const who of ['ana', 'cleo'] as const) await vote(who, asked.body.approval_id, 'reject')
    expect(await get('refused')).toMatchObject({ is_pre_approved: false })
    expect((await send('ben', 'POST', '/templates/refused/pre-approval', { council: 'nobody' })).status).toBe(404)
    expect((await send('ben', 'POST', '/templates/nobody/pre-approval', { council: 'finance' })).status).toBe(404)
    const gate = `  - id: ask\n    action: approval.request\n    config: { approvers: { role: nobody_has_it } }\n`
    await create('unreachable', { source: greeting('x', gate) })
    const nobody = await send('ben', 'POST', '/templates/unreachable/pre-approval', { council: 'finance' })
    expect(nobody.body.code).toBe('unreachable_quorum')
  })

  test('leaves a workflow of people alone that has the name', async () => {
    await create('taken')
    await send('ana', 'POST', '/workflows', { source: greeting().replace('name: greet', 'name: template-taken') })
    const asked = await send('ben', 'POST', '/templates/taken/pre-approval', { council: 'finance' })
    expect(asked.body.detail).toContain('There is a workflow "template-taken" already')
  })

  test('is revoked by a member of the council, an owner or an admin, and by nobody else; then nothing runs', async () => {
    await create('revoked')
    const revoke = (who: 'ana' | 'ben' | 'dora', name = 'revoked') =>
      send(who, 'POST', `/templates/${name}/revoke`, { reason: 'The words are wrong.' })
    expect((await revoke('ana')).status).toBe(409)
    await preApprove('revoked')
    await send('dora', 'POST', '/templates/revoked/run', { inputs: { who: 'Ana' } })
    expect((await revoke('ben')).status).toBe(403)
    expect((await revoke('dora')).status).toBe(204)
    expect((await revoke('ana', 'nobody')).status).toBe(404)
    expect((await send('dora', 'POST', '/templates/revoked/run', { inputs: { who: 'Ana' } })).status).toBe(409)
    const { rows } = await api.database.engine.query(
      `select g.revoked_reason as reason from grants g join templates t on t.tenant_id = g.tenant_id and t.id = g.template_id
        where g.tenant_id = $1 and t.name = 'revoked'`,
      [tenant.id],
    )
    expect(rows).toEqual([{ reason: 'The words are wrong.' }])
    // Approved anew it runs anew, and its deletion ends that as well.
    await preApprove('revoked')
    expect((await send('dora', 'POST', '/templates/revoked/run', { inputs: { who: 'Ana' } })).status).toBe(201)
    await send('ben', 'DELETE', '/templates/revoked')
    expect((await send('ben', 'POST', '/templates/revoked/restore')).body.is_pre_approved).toBe(false)
  })

  test('does not cover a workflow that it starts and that has changed since', async () => {
    const child = (message: string) =>
      `name: the-child\nsteps:\n  - { id: a, action: log, config: { message: ${message} } }\n`
    await send('ana', 'POST', '/workflows', { source: child('one') })
    const more = `  - { id: below, action: workflow.run, config: { workflow: the-child } }\n`
    await create('parent', { source: greeting('x', more) })
    await preApprove('parent')
    const run = () => send('dora', 'POST', '/templates/parent/run', { inputs: { who: 'Ana' } })
    expect((await run()).status).toBe(201)
    const { headers } = await send('ana', 'GET', '/workflows/the-child')
    await api.send(house.people.ana, {
      ...{ method: 'PUT', url: '/workflows/the-child', payload: { source: child('two') } },
      headers: { 'if-match': String(headers['etag']) },
    })
    const after = await run()
    expect([after.status, after.body.detail]).toEqual([409, expect.stringContaining('"the-child"')])
  })
})

test('runs and revocations at the same moment end with every run revoked, and each counted once', async () => {
  await create('raced')
  await preApprove('raced')
  const run = () => send('dora', 'POST', '/templates/raced/run', { inputs: { who: 'Ana' } })
  const racing = [
    run(),
    run(),
    run(),
    send('ana', 'POST', '/templates/raced/revoke', { reason: 'Stop.' }),
    run(),
    run(),
  ]
  const statuses = (await Promise.all(racing)).map(({ status }) => status)
  expect(statuses.filter((status) => ![201, 204, 409].includes(status))).toEqual([])
  const { rows } = await api.database.engine.query<Record<string, number>>(
    `select t.usage_count as counted, count(u.id)::integer as uses, count(g.id)::integer as grants,
        count(g.revoked_at)::integer as revoked
      from templates t left join template_uses u on u.tenant_id = t.tenant_id and u.template_id = t.id
        left join grants g on g.tenant_id = t.tenant_id and g.execution_id = u.execution_id
      where t.tenant_id = $1 and t.name = 'raced' group by t.usage_count`,
    [tenant.id],
  )
  const started = statuses.filter((status) => status === 201).length
  expect(rows).toEqual([{ counted: started, uses: started, grants: started, revoked: started }])
})

test('an unusual rate is told to the council once an hour, and runs go on', async () => {
  await create('busy')
  await preApprove('busy')
  const run = async (times: number) => {
    for (let at = 0; at < times; at++) await send('cleo', 'POST', '/templates/busy/run', { inputs: { who: 'Ana' } })
  }
  await run(30)
  expect((await get('busy')).flags).toEqual([])
  await run(3)
  const { flags } = await get('busy')
  expect(flags).toEqual([
    expect.objectContaining({ watched: 'member', used_by: `member:${tenant.members.cleo.id}`, runs: 31 }),
    expect.objectContaining({ watched: 'template', used_by: null, runs: 31, usual_per_hour: 0 }),
  ])
  const { rows } = await api.database.engine.query<{ title: string; count: string }>(
    `select title, count(*) from notifications where tenant_id = $1 and title like 'Unusual%' group by title`,
    [tenant.id],
  )
  expect(rows).toEqual([{ title: 'Unusual use of "Greet somebody"', count: '6' }])
  now += 3_600_001
  await run(30)
  expect((await get('busy')).flags).toHaveLength(2)
  expect((await get('busy')).usage_count).toBe(63)
})
