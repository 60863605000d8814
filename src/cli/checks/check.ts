// One thing that `doctor` looked at: what it found, and the remedy.

import type { Style } from '../terminal.ts'

/** `note`: works, but somebody should know. */
export type CheckLevel = 'fine' | 'note' | 'wrong'

export interface Check {
  readonly name: string
  readonly level: CheckLevel
  readonly message: string
  readonly remedy?: string
}

export const looksOf: Readonly<Record<CheckLevel, { readonly symbol: string; readonly style: Style }>> = {
  fine: { symbol: '✓', style: 'green' },
  note: { symbol: '!', style: 'yellow' },
  wrong: { symbol: '✗', style: 'red' },
}

export const fine = (name: string, message: string): Check => ({ name, level: 'fine', message })
export const note = (name: string, message: string, remedy: string): Check => ({ name, level: 'note', message, remedy })
export const wrong = (name: string, message: string, remedy: string): Check => ({
  name,
  level: 'wrong',
  message,
  remedy,
})
