// The server that the command line works on instead of this machine: `--url` and `--key`, or the environment.

import { isIP } from 'node:net'
import type { Command } from 'commander'
import type { CommandLine } from '../command-line.ts'
import { Refusal } from '../refusal.ts'

export interface RemoteAddress {
  /** Without a slash at its end. */
  readonly url: string
  /** Never printed or logged. */
  readonly key: string
  /** What a suggested command needs besides. */
  readonly flags: string
}

/** The commands that work on a server. */
const remoteCommands: ReadonlySet<string> = new Set([
  'validate',
  'run',
  'approve',
  'reject',
  'approvals list',
  ...['apply', 'list', 'enable', 'disable'].map((verb) => `workflows ${verb}`),
  ...['list', 'show', 'follow', 'retry', 'cancel', 'pause', 'resume', 'rerun'].map((verb) => `executions ${verb}`),
])

interface GlobalOptions {
  readonly url?: string
  readonly key?: string
  readonly insecure?: true
}

/** Adds the options to the program; returns the line whose commands heed them. */
export function addRemoteOptions(program: Command, line: CommandLine): CommandLine {
  program
    .option('--url <url>', 'work on the server at this address instead of this machine')
    .option('--key <key>', 'the API key for --url; better in COUNTERSIGN_API_KEY, where nobody sees it')
    .option('--insecure', 'send the key over plain HTTP to another machine all the same')
    .hook('preAction', (_, action) => {
      const name = wordsOf(action, program)
      if (remoteCommands.has(name) || urlOf(program.opts<GlobalOptions>(), line) === undefined) return
      const hint = 'Leave --url and COUNTERSIGN_REMOTE_URL away.'
      throw new Refusal('usage', `${name} works on this machine only, not on a server elsewhere.`, hint)
    })
  return { ...line, remote: () => addressOf(program.opts<GlobalOptions>(), line) }
}

function wordsOf(command: Command, program: Command): string {
  const parent = command.parent
  return parent === null || parent === program ? command.name() : `${wordsOf(parent, program)} ${command.name()}`
}

const urlOf = ({ url }: GlobalOptions, line: CommandLine): string | undefined => url ?? line.config().remoteUrl

function addressOf(options: GlobalOptions, line: CommandLine): RemoteAddress | undefined {
  const given = urlOf(options, line)
  if (given === undefined) return undefined
  const url = parseUrl(given)
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && options.insecure !== true) {
    const message = `The key would go to ${url.host} over plain HTTP, where others can read it.`
    throw new Refusal('usage', message, 'Use https://, or --insecure if you know the network.')
  }
  const key = options.key ?? line.config().apiKey
  if (key === undefined) {
    throw new Refusal('usage', `An API key is needed for ${url.host}.`, 'Set COUNTERSIGN_API_KEY, or give --key.')
  }
  // What a header refuses, its error repeats.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Refusal('usage', 'The API key holds characters that no key has.')
  const flags = [
    options.url === undefined ? '' : ` --url ${options.url}`,
    options.insecure === true ? ' --insecure' : '',
  ]
  return { url: url.href.replace(/\/+$/, ''), key, flags: flags.join('') }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Refusal(
      'usage',
      `"${text}" is no address of a server.`,
      'Write one such as https://countersign.example.com.',
    )
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Refusal('usage', 'The address of a server has no user, password, query or fragment.', 'Leave them away.')
  }
  return url
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
