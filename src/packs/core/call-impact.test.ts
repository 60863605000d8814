// What the class of an HTTP call promises.

import { expect, test } from 'vitest'
import { impactOfCall } from './call-impact.ts'

const surroundings = { isInternal: (host: string) => ['crm.example:443', '10.0.0.1:8080'].includes(host) }
const classOf = (url: string) => impactOfCall('http.request', url, surroundings).impact

test('a call inside the company is B, and says where it goes', () => {
  expect(impactOfCall('http.request', 'https://CRM.example/{{ trigger.id }}?{{ trigger.q }}', surroundings)).toEqual({
    impact: 'B',
    reason: 'http.request to crm.example stays inside the company.',
  })
  expect(classOf('http://10.0.0.1:8080')).toBe('B')
})

test('a call to anybody else is C, and says where it goes', () => {
  expect(impactOfCall('webhook.send', 'https://hooks.example.com/a', surroundings)).toEqual({
    impact: 'C',
    reason: 'webhook.send to hooks.example.com leaves the company.',
  })
  expect(classOf('http://crm.example')).toBe('C')
})

test.each([
  '{{ trigger.url }}',
  'https://{{ trigger.host }}/a',
  'https://{{trigger.host}}/a',
  'https://crm.example{{trigger.rest}}/a',
  'https://crm.example:{{ trigger.port }}/',
  'https://crm.example\n{{x}}',
  'https:{{x}}//crm.example',
  '{{x}}://crm.example',
  'https://%7b%7bx%7d%7d.crm.example',
  'mailto:ana@crm.example',
  '',
])('the host of %j is not known before the run, so it is C', (url) => {
  expect(classOf(url)).toBe('C')
})
