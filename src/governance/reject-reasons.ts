// What people say most often when they reject: ready to choose, beside words of their own.

export const rejectReasons = [
  { code: 'wrong_amount', text: 'The amount is wrong' },
  { code: 'over_budget', text: 'It is over the budget' },
  { code: 'wrong_recipient', text: 'It goes to the wrong people' },
  { code: 'missing_information', text: 'Information is missing' },
  { code: 'not_needed', text: 'It is not needed' },
  { code: 'too_risky', text: 'It could do too much harm' },
  { code: 'against_policy', text: 'It is against our rules' },
  { code: 'duplicate', text: 'It was done or asked for already' },
] as const

export type RejectReason = (typeof rejectReasons)[number]['code']

/** What a rejection says: the ready reason, the words, or both. */
export function sayReason(code: RejectReason | undefined, words: string | undefined): string | undefined {
  const ready = rejectReasons.find((reason) => reason.code === code)?.text
  const said = [ready, words].filter((part) => part !== undefined)
  return said.length === 0 ? undefined : said.join(': ')
}
