import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineAction, definePack } from './kit.ts'
import { createRegistry, describeAction } from './registry.ts'

const action = (name: string) =>
  defineAction({
    ...{ name, title: 'Test', description: 'For tests.', impact: 'B', effect: 'pure' },
    config: z.strictObject({ text: z.string().describe('What to say'), loud: z.boolean().default(false) }),
    output: z.strictObject({ length: z.int().default(0) }),
    run: async ({ config: { text } }) => ({ output: { length: text.length } }),
  })
const pack = (name: string, ...actions: string[]) =>
  definePack({ name, title: name, description: 'For tests.', actions: actions.map(action) })

describe('the registry', () => {
  it('shows a tenant the actions of its packs and no others', () => {
    const registry = createRegistry([pack('core', 'log'), pack('erp', 'ledger.post', 'invoice.match')])
    expect([...registry.actions(['core']).keys()]).toEqual(['log'])
    expect([...registry.actions(['erp', 'core', 'unknown']).keys()]).toEqual(['log', 'ledger.post', 'invoice.match'])
    expect(registry.actions([]).size).toBe(0)
    expect(registry.find('invoice.match')?.name).toBe('invoice.match')
    expect(registry.find('invoice.burn')).toBeUndefined()
  })

  it('answers the same question with the same map, so that asking for each step costs nothing', () => {
    const registry = createRegistry([pack('core', 'log'), pack('erp', 'ledger.post')])
    expect(registry.actions(['core', 'erp'])).toBe(registry.actions(new Set(['erp', 'core'])))
  })

  it('can use a newly registered action at once', () => {
    const registry = createRegistry([pack('core', 'log')])
    expect(registry.actions(['core', 'late']).has('late.action')).toBe(false)
    registry.register(pack('late', 'late.action'))
    expect(registry.actions(['core', 'late']).has('late.action')).toBe(true)
    expect(registry.packs().map(({ name }) => name)).toEqual(['core', 'late'])
  })

  it('refuses names that are taken and keeps nothing of a refused pack', () => {
    const registry = createRegistry([pack('core', 'log')])
    expect(() => registry.register(pack('core', 'other'))).toThrow('There is already a pack "core"')
    expect(() => registry.register(pack('erp', 'ledger.post', 'log'))).toThrow(
      'Pack "erp" brings the action "log", which pack "core" has already',
    )
    expect(() => registry.register(pack('twice', 'a', 'a'))).toThrow('which pack "twice" has already')
    expect(registry.find('ledger.post')).toBeUndefined()
    expect(registry.packs()).toHaveLength(1)
  })
})

describe('the description of an action', () => {
  it('holds the JSON Schema of what a person writes and of what comes out', () => {
    expect(describeAction(action('log'))).toMatchObject({
      ...{ name: 'log', title: 'Test', impact: 'B', effect: 'pure', outcomes: ['completed'], examples: [] },
      config: {
        type: 'object',
        required: ['text'],
        properties: { text: { type: 'string', description: 'What to say' }, loud: { default: false } },
        additionalProperties: false,
      },
      output: { type: 'object', required: ['length'] },
    })
  })

  it('says so when impact and outcomes depend on the config', () => {
    const free = { ...action('free'), impact: () => 'A' as const, outcomes: () => ['left'] }
    expect(describeAction(free)).toMatchObject({ impact: 'depends on config', outcomes: 'depends on config' })
  })
})
