// What a server's refusal means to the person at the terminal.

import { ConnectionError, ProblemError } from '../../client/problem-error.ts'
import type { RemoteAddress } from './remote-address.ts'
import { Refusal } from '../refusal.ts'

/** Runs `work`; what the server or the network refuses becomes a `Refusal`. */
export async function refusing<T>({ url }: RemoteAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConnectionError)
      throw new Refusal('unavailable', error.message, 'Check the address, and that the server runs.')
    throw error instanceof ProblemError ? refusalOfProblem(url, error) : error
  }
}

function refusalOfProblem(url: string, error: ProblemError): Refusal {
  const { status, code, message, errors } = error
  if (status === 401) {
    return new Refusal(
      'failed',
      `${url} refuses the API key: ${message}`,
      'Make a new one, and set COUNTERSIGN_API_KEY.',
    )
  }
  const lines = errors.map((one) => (one.hint === undefined ? one.message : `${one.message} ${one.hint}`))
  const isDown = code === 'unreadable' || status === 429 || status >= 500
  return new Refusal(isDown ? 'unavailable' : 'failed', lines.length === 0 ? message : lines.join('\n'))
}
