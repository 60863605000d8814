// The configuration of nginx that the documentation shows, run with a certificate of its own. Where there is no nginx it is skipped.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { blocksOf, readPages } from './pages.ts'
import { freePort, Walker } from './walker.ts'

// cspell:ignore fastcgi keyout scgi uwsgi
const nginx = '/usr/sbin/nginx'
const host = 'countersign.example.com'
const agent = new Agent({ rejectUnauthorized: false })

/** The page's configuration, with ports and files of this run. */
async function startNginx(server: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-nginx-'))
  await chmod(directory, 0o755)
  const [certificate, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const subject = ['-subj', `/CN=${host}`, '-days', '2', '-keyout', key, '-out', certificate]
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject])
  const page = (await readPages()).find(({ file }) => file === 'docs/behind-a-proxy.md')
  const [shown = ''] = page === undefined ? [] : blocksOf(page, 'nginx')
  const [secure, plain] = [await freePort(), await freePort()]
  const site = shown
    .replace('127.0.0.1:4000', new URL(server).host)
    .replace('listen 443', `listen 127.0.0.1:${secure}`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replace('/etc/ssl/countersign.pem', certificate)
    .replace('/etc/ssl/countersign.key', key)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${directory}/${one};`,
  )
  const file = join(directory, 'nginx.conf')
  await writeFile(
    file,
    `daemon off; pid ${directory}/pid; error_log ${directory}/error.log; worker_processes 1;
events {}
http { access_log off; ${temporary.join(' ')}
${site} }`,
  )
  const running = spawn(nginx, ['-c', file, '-p', directory], { stdio: 'ignore' })
  onTestFinished(async () => {
    running.kill('SIGTERM')
    await rm(directory, { recursive: true, force: true })
  })
  return secure
}

test.skipIf(!existsSync(nginx))(
  'behind nginx: callers keep their addresses, cookies are secure, events come at once, large bodies are refused',
  async () => {
    const walker = await Walker.open()
    onTestFinished(() => walker.close())
    const said = await walker.serve({ COUNTERSIGN_URL: `https://${host}`, COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1' })
    expect(said).toContain(`https://${host}/sign-in?token=`)
    const port = await startNginx(walker.url)
    const ask = async (path: string, headers: Record<string, string> = {}, body?: string) => {
      const method = body === undefined ? 'GET' : 'POST'
      const options = {
        host: '127.0.0.1',
        localAddress: '127.0.0.2',
        port,
        path,
        method,
        agent,
        headers: { host, ...headers },
      }
      const asked = request(options).end(body)
      const [answer] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(asked, 'response'))
      return answer
    }
    await vi.waitFor(async () => expect((await ask('/ready')).statusCode).toBe(200), { timeout: 10_000 })
    const token = /token=(\S+)/.exec(said)?.[1] ?? ''
    const signedIn = await ask(
      '/sign-in',
      {
        origin: `https://${host}`,
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': '203.0.113.7',
      },
      new URLSearchParams({ token }).toString(),
    )
    expect(signedIn.statusCode).toBe(303)
    expect(signedIn.headers['strict-transport-security']).toContain('max-age')
    const cookie = String(signedIn.headers['set-cookie'])
    expect(cookie).toMatch(/^__(Host|Secure)-.*; Secure/)
    const session = { cookie: cookie.split(';', 1)[0] ?? '' }
    const audit = await text(await ask('/api/v1/audit?limit=1', session))
    // Not what the caller says of itself, and not the proxy's.
    expect(JSON.parse(audit)).toMatchObject({ items: [{ action: 'session.started', address: '127.0.0.2' }] })
    const stream = await ask('/api/v1/stream?topics=executions', session)
    // Not gathered: it comes while the answer goes on.
    expect(String((await once(stream, 'data'))[0])).toContain('retry:')
    stream.destroy()
    const json = { 'content-type': 'application/json', origin: `https://${host}` }
    expect((await ask('/api/v1/workflows', { ...session, ...json }, 'x'.repeat(2_000_000))).statusCode).toBe(413)
    expect((await ask('/metrics', session)).statusCode).toBe(404)
  },
)
