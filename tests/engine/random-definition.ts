// Random definitions over the core's actions: most of them valid, all of them close to it.

import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/kernel/json.ts'

/** Each names what it needs: `UP` stands for a step that is upstream. */
const expressions: readonly string[] = [
  '{{ inputs.n + 1 }}',
  '{{ inputs.n / (inputs.n - inputs.n) }}',
  '{{ inputs.text + "!" }}',
  '{{ inputs.list.filter(x, x > 1) }}',
  '{{ inputs.list[inputs.n] }}',
  '{{ size(inputs.text) * 2 }}',
  '{{ vars.rate * inputs.n }}',
  '{{ inputs.flag ? "yes" : "no" }}',
  'n is {{ inputs.n }} and {{ inputs.text }}',
  '{{ execution.id }} of {{ tenant.name }}',
  '{{ now }}',
  '{{ steps.UP.output }}',
  '{{ steps.UP.status }} {{ steps.UP.outcome }}',
  '{{ steps.UP.error }}',
  '{{ string(steps.UP.output) }}',
  '{{ inputs.text.matches("^a+$") }}',
  '{{ "\\\\x00" + inputs.text }}',
  '{{ {"a": inputs.n, "b": [1, 2, inputs.n]} }}',
]
const conditions: readonly string[] = [
  '{{ inputs.flag }}',
  '{{ inputs.n > 2 }}',
  '{{ inputs.list.exists(x, x == inputs.n) }}',
  '{{ inputs.text == "abc" || inputs.n / 0 > 1 }}',
  '{{ steps.UP.status == "completed" }}',
  '{{ steps.UP.outcome == "rejected" }}',
  '{{ !inputs.flag && true }}',
]
const lists: readonly Json[] = [
  '{{ inputs.list }}',
  '{{ inputs.list.map(x, x * 2) }}',
  [],
  [1],
  ['a', 'b', 'c'],
  '{{ [steps.UP.output, inputs.n] }}',
]

const anyValue: fc.Arbitrary<Json> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...expressions) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Json>(null, true, 0, -1.5, '', 'text \u{1f600}', { deep: { er: ['{{ inputs.n }}'] } }),
  },
)
const condition = fc.constantFrom(...conditions)
/** Absent `often` times for each time that it is there. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, often = 4) =>
  fc.oneof({ weight: often, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const short = fc.constantFrom('1ms', '5ms', '20ms')

const action: fc.Arbitrary<{ action: string; config: JsonObject; outcomes: readonly string[] }> = fc.oneof(
  anyValue.map((set) => ({ action: 'transform', config: { set }, outcomes: ['completed'] })),
  anyValue.map((data) => ({
    action: 'log',
    config: { message: 'A line about {{ inputs.text }}', data },
    outcomes: ['completed'],
  })),
  condition.map((when) => ({ action: 'decision', config: { when }, outcomes: ['true', 'false'] })),
  fc.tuple(condition, seldom(fc.constant('rest'), 2)).map(([when, otherwise]) => ({
    ...{ action: 'decision', outcomes: otherwise === undefined ? ['one', 'two'] : ['one', 'two', 'rest'] },
    config: {
      branches: [
        { name: 'one', when },
        { name: 'two', when: '{{ inputs.n == 2 }}' },
      ],
      ...(otherwise !== undefined && { default: otherwise }),
    },
  })),
  fc.tuple(condition, fc.constantFrom('fail', 'branch')).map(([check, onInvalid]) => ({
    ...{ action: 'validate', outcomes: onInvalid === 'fail' ? ['valid'] : ['valid', 'invalid'] },
    config: { rules: [{ check, message: 'Not so.' }], on_invalid: onInvalid },
  })),
  short.map((time) => ({ action: 'delay', config: { for: time }, outcomes: ['completed'] })),
  fc.constantFrom('1h', '10ms').map((expires) => ({
    ...{ action: 'approval.request', outcomes: ['approved', 'rejected', 'expired'] },
    config: { approvers: { role: 'cfo' }, expires_in: expires, summary: 'May {{ inputs.text }} go on?' },
  })),
)

const step = fc.record({
  doing: action,
  sources: fc.array(fc.record({ from: fc.nat(20), outcome: seldom(fc.nat(3), 3) }), { maxLength: 3 }),
  condition: seldom(condition),
  items: seldom(
    fc.record({
      items: fc.constantFrom(...lists),
      concurrency: fc.integer({ min: 1, max: 3 }),
      isLenient: fc.boolean(),
    }),
  ),
  retry: seldom(fc.record({ attempts: fc.integer({ min: 1, max: 3 }), initial: short })),
  timeout: seldom(fc.constantFrom('50ms', '5s', '1h')),
  onError: seldom(fc.nat(3)),
  onTimeout: seldom(fc.nat(3), 12),
  undo: seldom(anyValue),
})
type Spec = typeof step extends fc.Arbitrary<infer S> ? S : never

const spec = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 9, size: 'max' }),
  output: seldom(anyValue, 2),
  timeout: seldom(fc.constantFrom('80ms', '1h', '1h'), 8),
})

/** A definition as JSON, and what to start it with. */
export interface RandomDefinition {
  readonly definition: JsonObject
  readonly inputs: JsonObject
}

const inputs = fc.record({
  n: fc.integer({ min: -1, max: 4 }),
  text: fc.constantFrom('abc', 'aaaa', '', 'z\u0000\ud800'),
  flag: fc.boolean(),
  list: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
})

export const randomDefinition: fc.Arbitrary<RandomDefinition> = fc
  .tuple(spec, inputs)
  .map(([{ steps, output, timeout }, given]) => ({
    inputs: given,
    definition: {
      name: 'random',
      inputs: {
        n: { type: 'integer' },
        text: { type: 'string' },
        flag: { type: 'boolean' },
        list: { type: 'array', items: { type: 'integer' } },
      },
      vars: { rate: 1.5 },
      ...(timeout !== undefined && { settings: { timeout } }),
      steps: steps.map((one, index) => stepOf(one, index, steps)),
      ...(output !== undefined && { output: named(output, `s${steps.length - 1}`) }),
    },
  }))

function stepOf(one: Spec, index: number, all: readonly Spec[]): JsonObject {
  const { doing, condition: when, items, retry, timeout, undo } = one
  const dependsOn = index === 0 ? [] : edgesOf(one, index, all)
  const upstream = dependsOn[0]?.split('.')[0]
  const forEach = items && {
    ...{ items: named(items.items, upstream, '{{ inputs.list }}'), concurrency: items.concurrency },
    on_item_error: items.isLenient ? 'continue' : 'fail',
  }
  return {
    ...{ id: `s${index}`, action: doing.action, config: named(doing.config, upstream), depends_on: dependsOn },
    ...(when !== undefined && { condition: named(when, upstream) }),
    ...(forEach !== undefined && { for_each: forEach }),
    ...(retry !== undefined && { retry: { ...retry, max: '20ms' } }),
    ...(timeout !== undefined && { timeout }),
    ...(undo !== undefined && { compensate: { action: 'transform', config: { set: named(undo, upstream) } } }),
    ...handlersOf(one, index, all.length),
  }
}

/** At most one edge from each source: to wait for an outcome beside a plain edge to the same step is mostly a contradiction. */
function edgesOf({ sources }: Spec, index: number, all: readonly Spec[]): string[] {
  const edges = new Map<number, string>()
  for (const { from, outcome } of sources) {
    const source = from % index
    const outcomes = [...(all[source]?.doing.outcomes ?? []), 'failed']
    edges.set(source, outcome === undefined ? `s${source}` : `s${source}.${outcomes[outcome % outcomes.length]}`)
  }
  return [...edges.values()]
}

function handlersOf({ onError, onTimeout, timeout, doing }: Spec, index: number, count: number): JsonObject {
  const later = (offset: number | undefined) =>
    offset === undefined || index + 1 + offset >= count ? undefined : `s${index + 1 + offset}`
  const [error, expired] = [later(onError), later(onTimeout)]
  const mayExpire = timeout !== undefined || doing.outcomes.includes('expired')
  return {
    ...(error !== undefined && { on_error: error }),
    ...(expired !== undefined && expired !== error && mayExpire && { on_timeout: expired }),
  }
}

/** Puts the name of an upstream step where `UP` stands; without one, the expression becomes `otherwise`. */
function named(value: Json, upstream: string | undefined, otherwise = '{{ inputs.flag }}'): Json {
  const text = JSON.stringify(value)
  const filled =
    upstream === undefined
      ? text.replaceAll(/\{\{[^{}]*steps\.UP[^{}]*\}\}/g, otherwise)
      : text.replaceAll('steps.UP', `steps.${upstream}`)
  const parsed: Json = JSON.parse(filled)
  return parsed
}

/** A definition with one thing in it changed, somewhere: taken away, put twice, or made something else. */
export function mutated(definition: JsonObject, choices: readonly number[]): Json {
  const [at = 0, how = 0] = choices
  let left = at % countOf(definition)
  const change = (value: Json): Json => {
    if (left-- === 0) return [null, [], {}, '', '{{ inputs.n }}', 7, [value], { value }, true][how % 9] ?? null
    if (Array.isArray(value)) return value.map(change)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]))
  }
  return change(definition)
}

function countOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, member: Json) => sum + countOf(member), 1)
}
