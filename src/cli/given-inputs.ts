// The inputs of an execution as given on a command line: JSON, a file of JSON, or name=value.

import type { InputSchema } from '../kernel/definition/workflow.ts'
import { isJsonObject, isPrototypeKey, type Json, type JsonObject } from '../kernel/json.ts'
import { toPayload } from '../packs/payload.ts'
import { Refusal } from './refusal.ts'

type Declared = Readonly<Record<string, InputSchema | undefined>>

/** Later ones win. `readFile` reads what follows an @. Throws `Refusal`. */
export async function readInputs(
  given: readonly string[],
  declared: Declared,
  readFile: (path: string) => Promise<string>,
  option = '--input',
): Promise<JsonObject> {
  const inputs: Record<string, Json> = {}
  for (const text of given) Object.assign(inputs, await readOne(text, declared, readFile, option))
  return inputs
}

async function readOne(
  text: string,
  declared: Declared,
  readFile: (path: string) => Promise<string>,
  option: string,
): Promise<JsonObject> {
  if (text.startsWith('@')) return parseObject(await readFile(text.slice(1)), `${option} ${text}`)
  if (text.trimStart().startsWith('{')) return parseObject(text, option)
  const cut = text.indexOf('=')
  if (cut < 1) throw new Refusal('usage', `${option} ${text} is neither JSON, nor @file, nor name=value.`)
  const name = text.slice(0, cut)
  if (isPrototypeKey(name)) throw new Refusal('usage', `${option} may not be named ${name}.`)
  return { [name]: parseValue(text.slice(cut + 1), Object.hasOwn(declared, name) ? declared[name] : undefined) }
}

/** A declared type decides; else what reads as JSON is JSON. Whether it fits is checked later, with all other inputs. */
export function parseValue(text: string, schema: InputSchema | undefined): Json {
  if (schema?.type === 'string') return text
  try {
    const payload = toPayload(JSON.parse(text))
    return payload.ok ? payload.value : text
  } catch {
    return text
  }
}

export function parseObject(text: string, name: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Refusal('usage', `${name} is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const payload = toPayload(value)
  if (!payload.ok) throw new Refusal('usage', `${name} is refused: ${payload.problem}.`)
  if (!isJsonObject(payload.value))
    throw new Refusal('usage', `${name} must be a JSON object, such as {"amount": 62000}.`)
  return payload.value
}
