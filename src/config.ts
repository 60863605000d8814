// The configuration: the only reader of the environment, checked once at the start.

import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { parseDuration } from './kernel/schedule/duration.ts'

const milliseconds =
  (least: number, message: string) =>
  (text: string, context: z.RefinementCtx): number => {
    const ms = parseDuration(text)
    if (ms !== undefined && ms >= least) return ms
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
const duration = (fallback: string) =>
  z.string().default(fallback).transform(milliseconds(1, 'must be a duration such as 30s'))
const count = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback)

const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  COUNTERSIGN_DATA: z.string().min(1).default('./.countersign'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  COUNTERSIGN_URL: z.url({ protocol: /^https?$/ }).optional(),
  COUNTERSIGN_KEY_FILE: z.string().min(1).optional(),
  COUNTERSIGN_ALLOW_HOSTS: z.string().default(''),
  COUNTERSIGN_LEASE: duration('6s'),
  COUNTERSIGN_POLL: duration('1s'),
  COUNTERSIGN_DRAIN: duration('30s'),
  COUNTERSIGN_CAPACITY: count(1000, 100_000),
  // Not less than a day: what looks back at executions that have just ended, such as a key that was used before, finds them.
  COUNTERSIGN_RETENTION: z
    .string()
    .transform(milliseconds(86_400_000, 'must be a duration of 1d or more, such as 90d'))
    .optional(),
  COUNTERSIGN_MAX_PAYLOAD: count(1_000_000, 50_000_000),
  COUNTERSIGN_RATE_LIMIT: z.coerce.number().int().min(0).max(100_000_000).default(6000),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .optional(),
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_NAME: z.string().min(1).max(60).default('single sign-on'),
  MAIL_FROM: z.string().min(3).default('Countersign <countersign@localhost>'),
  METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  COUNTERSIGN_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((proxy) => proxy.trim() || []))
    .refine(
      (proxies) => proxies.every(isProxy),
      'must be addresses, networks such as 10.0.0.0/8, or loopback, separated by commas',
    ),
  COUNTERSIGN_REMOTE_URL: z.string().min(1).optional(),
  COUNTERSIGN_API_KEY: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

interface OidcProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** What the button says. */
  readonly name: string
}

/** As `createAddressReader` reads it. */
function isProxy(text: string): boolean {
  const [address = '', bits, ...others] = text.split('/')
  const most = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1
  return (
    text === 'loopback' ||
    (others.length === 0 && (bits === undefined ? most > 0 : /^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
}

export interface Config {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  /** The public address, without a slash at its end. */
  readonly url: string
  readonly keyFile: string
  /** Hosts, host:port or CIDR ranges that steps may reach although they are not public. */
  readonly allowHosts: readonly string[]
  readonly leaseMs: number
  readonly pollMs: number
  readonly drainMs: number
  readonly capacity: number
  readonly maxPayload: number
  /** How long executions are kept after their end; forever when absent. */
  readonly retentionMs: number | undefined
  /** Requests a minute that one caller may send to the API; no limit when 0. */
  readonly rateLimit: number
  readonly smtpUrl: string | undefined
  /** The provider of single sign-on. */
  readonly oidc: OidcProvider | undefined
  readonly mailFrom: string
  /** Whoever has it may read the metrics. */
  readonly metricsToken: string | undefined
  /** Where traces are sent, over OTLP/HTTP; nowhere when absent. */
  readonly otlpEndpoint: string | undefined
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly string[]
  /** The server that the command line works on instead of this machine. */
  readonly remoteUrl: string | undefined
  readonly apiKey: string | undefined
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Secrets by name, from COUNTERSIGN_SECRET_<NAME>. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Thrown when the environment is wrong; the message has one sentence for each variable. */
export class ConfigError extends Error {}

const secretPrefix = 'COUNTERSIGN_SECRET_'

/** Reads the configuration from an environment. Throws `ConfigError`. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is one that was not set: shells and compose files make them.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`).join('\n'))
  }
  const env = parsed.data
  const dataDir = resolve(env.COUNTERSIGN_DATA)
  return {
    port: env.PORT,
    host: env.HOST,
    dataDir,
    databaseUrl: env.DATABASE_URL,
    url: (env.COUNTERSIGN_URL ?? `http://${env.HOST}:${env.PORT}`).replace(/\/+$/, ''),
    keyFile: env.COUNTERSIGN_KEY_FILE === undefined ? resolve(dataDir, 'key') : resolve(env.COUNTERSIGN_KEY_FILE),
    allowHosts: env.COUNTERSIGN_ALLOW_HOSTS.split(',').flatMap((host) => (host.trim() === '' ? [] : [host.trim()])),
    leaseMs: env.COUNTERSIGN_LEASE,
    pollMs: env.COUNTERSIGN_POLL,
    drainMs: env.COUNTERSIGN_DRAIN,
    capacity: env.COUNTERSIGN_CAPACITY,
    maxPayload: env.COUNTERSIGN_MAX_PAYLOAD,
    retentionMs: env.COUNTERSIGN_RETENTION,
    rateLimit: env.COUNTERSIGN_RATE_LIMIT,
    smtpUrl: env.SMTP_URL,
    oidc: providerOf(env),
    mailFrom: env.MAIL_FROM,
    metricsToken: env.METRICS_TOKEN,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    trustedProxies: env.COUNTERSIGN_TRUSTED_PROXIES,
    remoteUrl: env.COUNTERSIGN_REMOTE_URL,
    apiKey: env.COUNTERSIGN_API_KEY,
    logLevel: env.LOG_LEVEL,
    secrets: secretsOf(given),
  }
}

/** Throws `ConfigError` when some of it is there and some is not. */
function providerOf(env: z.output<typeof environmentSchema>): OidcProvider | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, OIDC_NAME: name } = env
  if (issuer !== undefined && clientId !== undefined && clientSecret !== undefined) {
    return { issuer, clientId, clientSecret, name }
  }
  const given = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret }
  const missing = Object.entries(given).flatMap(([variable, value]) => (value === undefined ? [variable] : []))
  if (missing.length === Object.keys(given).length) return undefined
  throw new ConfigError(missing.map((variable) => `${variable}: is needed for single sign-on.`).join('\n'))
}

/** The configuration of this process. */
export function processConfig(): Config {
  return readConfig(process.env)
}

function secretsOf(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      name.startsWith(secretPrefix) && value !== undefined ? [[name.slice(secretPrefix.length), value]] : [],
    ),
  )
}
