// JSON values: what inputs, outputs, configs and journals are made of.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Keys that reach an object's prototype; they are refused wherever data comes in. */
const prototypeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

export function isPrototypeKey(key: string): boolean {
  return prototypeKeys.has(key)
}
