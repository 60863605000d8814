// E-mail addresses in a config: one or several, each checked, none able to smuggle in a header or another recipient.

import { z } from 'zod'

const plain = z.email()
const named = /^[^<>,;:\p{Cc}]{0,200}<([^<>]+)>$/u

/** `ana@example.com` or `Ana Lima <ana@example.com>`. */
export function isMailAddress(text: string): boolean {
  return plain.safeParse(named.exec(text)?.[1] ?? text).success
}

/** One address or a list of them; parsed to a list. */
export const mailAddresses = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)])
  .transform((given, context) => {
    const all = typeof given === 'string' ? [given] : given
    all.forEach((address, index) => {
      if (isMailAddress(address)) return
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(address)} is not an e-mail address`,
        path: typeof given === 'string' ? [] : [index],
      })
    })
    return all
  })

/** Text that becomes a header: no line break or other control character. */
export const headerText = z.string().regex(/^[^\p{Cc}]*$/u, 'must be one line without control characters')
