// What CloudEvents promise: what the specification allows is taken as it is, the rest refused with every reason.
// cspell:ignore mycontext someevent comexampleextension comexampleothervalue appinfo ension

import { describe, expect, test } from 'vitest'
import { problemOf, valueOf } from '../../../tests/setup/triggers.ts'
import type { Json } from '../../kernel/json.ts'
import { isBinaryMode, readBinary, readPlain, readStructured } from './cloud-events.ts'

const sound = { specversion: '1.0', id: 'A234-1234-1234', source: '/mycontext', type: 'com.example.someevent' }

describe('a structured event', () => {
  test('is taken with its data and all attributes', () => {
    // The example of the JSON event format.
    const event = {
      ...sound,
      time: '2018-04-05T17:31:00Z',
      subject: null,
      datacontenttype: 'application/json; charset=utf-8',
      dataschema: 'https://example.com/schema#1',
      comexampleextension1: 'value',
      comexampleothervalue: 5,
      flag: true,
      data: { appinfoA: 'abc', appinfoB: 123, appinfoC: true },
    }
    const { id, source, type } = sound
    expect(valueOf(readStructured(event))).toEqual({
      ...{ id, source, type },
      data: { appinfoA: 'abc', appinfoB: 123, appinfoC: true },
      attributes: {
        ...{ id, source, type },
        time: '2018-04-05T17:31:00Z',
        datacontenttype: 'application/json; charset=utf-8',
        dataschema: 'https://example.com/schema#1',
        comexampleextension1: 'value',
        comexampleothervalue: 5,
        flag: true,
      },
    })
  })

  test('needs no data, and its data may be anything', () => {
    expect(valueOf(readStructured(sound)).data).toBeNull()
    for (const data of ['text', 1, false, [1, 2], null]) {
      expect(valueOf(readStructured({ ...sound, data })).data).toEqual(data)
    }
  })

  test.each([
    'https://github.com/cloudevents',
    'mailto:cncf-wg-serverless@lists.cncf.io',
    'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
    '/cloudevents/spec/pull/123',
    '1-555-123-4567',
    'a%20b',
  ])('may come from %s', (source) => {
    expect(valueOf(readStructured({ ...sound, source })).source).toBe(source)
  })

  test.each(['2018-04-05T17:31:00Z', '2018-04-05t17:31:00.123456z', '2018-04-05T17:31:00+05:30'])(
    'may be of the time %s',
    (time) => {
      valueOf(readStructured({ ...sound, time }))
    },
  )

  test.each<[Record<string, Json>, string]>([
    [{ specversion: '0.3' }, '/specversion'],
    [{ specversion: 1 }, '/specversion'],
    [{ id: '' }, '/id'],
    [{ id: 1 }, '/id'],
    [{ id: null }, '/id'],
    [{ source: '' }, '/source'],
    [{ source: 'with a space' }, '/source'],
    [{ source: '100%' }, '/source'],
    [{ type: '' }, '/type'],
    [{ type: {} }, '/type'],
    [{ subject: '' }, '/subject'],
    [{ time: 'yesterday' }, '/time'],
    [{ time: '2018-04-05' }, '/time'],
    [{ time: '2018-13-05T17:31:00Z' }, '/time'],
    [{ dataschema: 'schema' }, '/dataschema'],
    [{ datacontenttype: 'json' }, '/datacontenttype'],
    [{ extension: { a: 1 } }, '/extension'],
    [{ extension: [1] }, '/extension'],
    [{ extension: 1.5 }, '/extension'],
    [{ extension: 2 ** 31 }, '/extension'],
    [{ Extension: 'a' }, '/Extension'],
    [{ 'ext-ension': 'a' }, '/ext-ension'],
    [{ constructor: 'a' }, '/constructor'],
    [{ data_base64: 'AAAA' }, '/data_base64'],
  ])('is refused with %j', (given, pointer) => {
    expect(problemOf(readStructured({ ...sound, ...given }))).toMatchObject({ code: 'invalid_input', pointer })
  })

  test('is refused with all that is wrong at once', () => {
    const result = readStructured({})
    expect(result.ok ? [] : result.problems.map(({ pointer }) => pointer)).toEqual([
      '/specversion',
      '/id',
      '/source',
      '/type',
    ])
  })

  test.each<Json>([null, 'text', [sound], 5])('is an object, not %j', (value) => {
    expect(problemOf(readStructured(value)).message).toBe('An event is a JSON object.')
    expect(problemOf(readPlain(value)).message).toBe('An event is a JSON object.')
  })
})

test('without an envelope an event has type, source, id and data', () => {
  const plain = { type: 'order.created', source: '/shop', id: '1', data: { amount: 7 } }
  expect(valueOf(readPlain(plain))).toMatchObject(plain)
  expect(problemOf(readPlain({ ...plain, specversion: '0.3' })).pointer).toBe('/specversion')
})

describe('an event in binary mode', () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/shop',
    'ce-type': 'order.created',
    'content-type': 'application/json',
    host: 'localhost',
  }

  test('has its attributes in headers and its data in the body', () => {
    const event = valueOf(readBinary({ ...headers, 'ce-region': 'eu' }, { amount: 7 }))
    expect(event).toEqual({
      ...{ id: '1', source: '/shop', type: 'order.created', data: { amount: 7 } },
      attributes: { id: '1', source: '/shop', type: 'order.created', region: 'eu' },
    })
    expect(isBinaryMode(headers)).toBe(true)
    expect(isBinaryMode({ 'content-type': 'application/json' })).toBe(false)
  })

  test.each([
    // The example of the HTTP binding, and a value in quotes.
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['"in \\"quotes\\""', 'in "quotes"'],
    ['100%25', '100%'],
  ])('has the header %s decoded', (given, text) => {
    expect(valueOf(readBinary({ ...headers, 'ce-subject': given }, null)).attributes).toMatchObject({ subject: text })
  })

  test.each([
    [{ 'ce-subject': '%E2%82' }, '/subject'],
    [{ 'ce-subject': '100%' }, '/subject'],
    [{ 'ce-some-thing': 'a' }, '/some-thing'],
    [{ 'ce-id': '' }, '/id'],
    [{ 'ce-__proto__': 'a', 'ce-time': 'never' }, '/time'],
  ])('is refused with %j', (given, pointer) => {
    expect(problemOf(readBinary({ ...headers, ...given }, null))).toMatchObject({ pointer })
  })
})
