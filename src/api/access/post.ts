// Letters of the house: to those who sign in and who are invited. Whoever asked for one does not wait for the mail server.

import type { Letter } from '../../governance/people-parts.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Doors } from '../../packs/kit.ts'

const timeoutMs = 30_000

/** Sends letters through the house's mail door. One that cannot be sent is named in the log, by its address and not its text. */
export function createPost(
  mail: Doors['mail'],
  newId: () => string,
  log: (level: 'warn', message: string, detail: JsonObject) => void,
): (letter: Letter) => void {
  const send = async ({ to, subject, text }: Letter): Promise<void> => {
    try {
      await mail({ to: [to], subject, text }, newId(), AbortSignal.timeout(timeoutMs))
    } catch (error) {
      log('warn', 'A letter was not sent.', { to, error: error instanceof Error ? error.message : String(error) })
    }
  }
  return (letter) => void send(letter)
}
