import { expect, test } from 'vitest'
import { comparableSources } from './comparable-source.ts'

const definition = { name: 'x', steps: [{ id: 'a', action: 'log' }] }
const yaml = { source: 'name: x # mine\nsteps: [{ id: a, action: log }]\n', definition }
const json = { source: ' {"name":"x"}', definition }

test('sources in YAML are compared as they were written; one in JSON is written as YAML first', () => {
  const written = 'name: x\nsteps:\n  - id: a\n    action: log\n'
  expect(comparableSources(yaml, yaml)).toEqual([yaml.source, yaml.source])
  expect(comparableSources(json, json)).toEqual([written, written])
  expect(comparableSources(yaml, json)).toEqual([written, written])
})
