import { describe, expect, it } from 'vitest'
import type { Json } from '../kit.ts'
import { createRegistry, describeAction } from '../registry.ts'
import { corePack } from './pack.ts'

/** The value where a path leads, or the text on the way there that stands for it. */
function valueAt(config: Json, path: readonly PropertyKey[]): Json | undefined {
  let value: Json | undefined = config
  for (const key of path) {
    if (typeof value === 'string') return value
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === String(key))?.[1]
        : undefined
  }
  return value
}

describe('the core pack', () => {
  it('brings the step types of the definition language', () => {
    expect([...createRegistry([corePack]).actions(['core']).keys()].toSorted()).toEqual([
      ...[
        'approval.request',
        'callback.wait',
        'decision',
        'delay',
        'email.send',
        'form.request',
        'http.request',
        'log',
      ],
      ...['notification.send', 'transform', 'validate', 'wait_for_event', 'webhook.send', 'workflow.run'],
    ])
  })

  it.each(corePack.actions.map((action) => [action.name, action] as const))(
    '%s describes itself, its fields and an example',
    (_name, action) => {
      const { title, description, config, output, examples } = describeAction(action)
      expect(title).not.toBe('')
      expect(description).toMatch(/\.$/)
      expect(config).toMatchObject({ type: 'object', additionalProperties: false })
      expect(output).toBeDefined()
      expect(examples.length).toBeGreaterThan(0)
    },
  )

  it.each(
    corePack.actions.flatMap((action) =>
      action.examples.map((example) => [action.name, example.title, action, example.config] as const),
    ),
  )('%s: the example "%s" fits, but for values that are known only at run time', (_name, _title, action, config) => {
    const issues = action.config.safeParse(config).error?.issues ?? []
    expect(issues.filter(({ path }) => !String(valueAt(config, path)).includes('{{'))).toEqual([])
  })

  it.each([
    ['C', ['email.send']],
    ['depends on config', ['notification.send', 'callback.wait']],
    [
      'A',
      [
        'log',
        'decision',
        'transform',
        'validate',
        'delay',
        'wait_for_event',
        'form.request',
        'approval.request',
        'workflow.run',
      ],
    ],
  ])('has the class %s for %o', (impact, names) => {
    const found = corePack.actions
      .filter((action) => names.includes(action.name))
      .map((action) => describeAction(action).impact)
    expect(found).toEqual(names.map(() => impact))
  })
})
