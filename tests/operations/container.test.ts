// What the files for containers name exists: no container is built here.
// cspell:ignore healthcheck

import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8')

const service = z.object({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
  stop_grace_period: z.string().optional(),
  healthcheck: z.object({ disable: z.boolean().optional() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  ports: z.array(z.string()).optional(),
})
const composeSchema = z.object({
  services: z.object({ app: service, worker: service, postgres: service }),
  volumes: z.record(z.string(), z.null()),
})

async function compose() {
  return composeSchema.parse(parse(await read('compose.yaml'), { merge: true }))
}

/** Instructions with their continued lines. */
async function instructions(): Promise<{ name: string; rest: string }[]> {
  const text = (await read('Dockerfile')).replaceAll('\\\n', ' ').replaceAll(/^#.*$/gm, '')
  return text.split('\n').flatMap((line) => {
    const [, name, rest] = /^([A-Z]+) +(.*)$/.exec(line) ?? []
    return name === undefined || rest === undefined ? [] : [{ name, rest }]
  })
}

async function knownVariables(): Promise<Set<string>> {
  return new Set((await read('src/config.ts')).match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g))
}

test('every variable that the app and the workers are given is one of the configuration', async () => {
  const known = await knownVariables()
  const { app, worker } = (await compose()).services
  for (const name of [...Object.keys(app.environment), ...Object.keys(worker.environment)])
    expect(known).toContain(name)
  const env = (await instructions())
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => [...rest.matchAll(/(\w+)=/g)])
  expect(env.length).toBeGreaterThan(3)
  for (const [, name = ''] of env) if (name !== 'NODE_ENV') expect(known).toContain(name)
})

test('what the image copies exists, and is not left out of what the builder sees', async () => {
  const kept = (await read('.dockerignore'))
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
  const sources = (await instructions())
    .filter(({ name }) => name === 'COPY')
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
  expect(sources).toContain('src')
  for (const source of sources) {
    expect(kept).toContain(source.replace(/^\.\//, ''))
    await access(join(root, source))
  }
})

test('the image runs the program as a user without rights, and tells whether it is ready', async () => {
  const of = async (wanted: string) =>
    (await instructions()).filter(({ name }) => name === wanted).map(({ rest }) => rest)
  expect(await of('USER')).toEqual(['node'])
  expect(await of('STOPSIGNAL')).toEqual(['SIGTERM'])
  const [entry = ''] = await of('ENTRYPOINT')
  const [, program = '']: string[] = JSON.parse(entry)
  await access(join(root, program))
  expect((await of('HEALTHCHECK'))[0]).toContain('/ready')
  expect((await of('FROM'))[0]).toMatch(/^node:26-/)
})

test('app and workers share one key and wait for the database; only the app is reached, from this machine', async () => {
  const { services, volumes } = await compose()
  const { app, worker, postgres } = services
  for (const one of [app, worker]) {
    const [mounted = ''] = one.volumes
    const [volume = '', path = ''] = mounted.split(':')
    expect(Object.keys(volumes)).toContain(volume)
    expect(one.environment['COUNTERSIGN_KEY_FILE']?.startsWith(`${path}/`)).toBe(true)
    expect(one.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
    expect(Number.parseInt(one.stop_grace_period ?? '', 10)).toBeGreaterThan(
      Number.parseInt(one.environment['COUNTERSIGN_DRAIN'] ?? '', 10),
    )
  }
  expect(app.command).toEqual(['serve'])
  expect(worker.command).toEqual(['worker'])
  expect(worker.healthcheck?.disable).toBe(true)
  expect(app.ports).toEqual(['127.0.0.1:4000:4000'])
  expect([worker.ports, postgres.ports]).toEqual([undefined, undefined])
})
