// Which inputs of an execution become the defaults of a template: not those that tell of a person, and no secret.

import type { Json, JsonObject } from '../json.ts'

export interface KeptInputs {
  readonly kept: JsonObject
  /** Names of the inputs whose values are not copied. */
  readonly leftOut: readonly string[]
}

/**
 * Leaves out what is named in `leaveOut`, and whatever looks like personal data or a credential: by the name of the input, or
 * because its value holds an e-mail address, a telephone number, an IBAN, a payment card's number, or what was redacted.
 */
export function keptInputs(inputs: JsonObject, leaveOut: readonly string[]): KeptInputs {
  const isLeftOut = ([name, value]: readonly [string, Json]) =>
    leaveOut.includes(name) || sensitiveName.test(name) || looksPersonal(value)
  const entries = Object.entries(inputs)
  return {
    kept: Object.fromEntries(entries.filter((entry) => !isLeftOut(entry))),
    leftOut: entries.filter(isLeftOut).map(([name]) => name),
  }
}

const sensitiveName =
  /(^|_)(e?mail|phone|mobile|iban|card|birth|birthday|birthdate|passport|ssn|address|salary|password|token|secret|key|(first|last|full|customer|employee|contact)_?name)(_|$)/

// Each repetition has an end, so that a long text costs no more than its length.
const mailAddress = /[^\s@]@[^\s@]{1,255}\.[a-z]{2}/i
const iban = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/
const digits = /(?<![\w-])[+(]?\d(?:[ ()./-]{0,2}\d){8,18}(?![\w-])/g
const redacted = /\[secret [A-Z]/

function looksPersonal(value: Json): boolean {
  if (typeof value === 'number') return holdsNumber(String(value))
  if (typeof value === 'string') {
    return mailAddress.test(value) || iban.test(value) || redacted.test(value) || holdsNumber(value)
  }
  return typeof value === 'object' && value !== null && Object.entries(value).some(isPersonalMember)
}

function isPersonalMember([name, value]: readonly [string, Json]): boolean {
  return sensitiveName.test(name) || looksPersonal(value)
}

function holdsNumber(text: string): boolean {
  return [...text.matchAll(digits)].some(([found]) => isTelephone(found) || isCard(found.replaceAll(/\D/g, '')))
}

/** International or with a leading zero, of 9 to 15 digits (E.164): an order number does not begin so. */
function isTelephone(found: string): boolean {
  return /^(\+|\(?0)/.test(found) && found.replaceAll(/\D/g, '').length <= 15
}

/** Luhn's check digit (ISO/IEC 7812), which nine of ten other numbers fail. */
function isCard(number: string): boolean {
  if (number.length < 13) return false
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2)
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
  return sum % 10 === 0
}
