// A Restate server of our own: its binary from npm, on a scratch directory, stopped with this process.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

export interface RestateServer {
  readonly ingressUrl: string
  /** Makes the services known that listen at this address. */
  register(endpointUrl: string): Promise<void>
  stop(): Promise<void>
}

/** Returns when it answers. Its log goes to stderr. */
export async function startRestateServer(directory: string): Promise<RestateServer> {
  const [node, ingress, admin] = await freePorts()
  const server = spawn(binary(), ['--base-dir', directory], {
    env: { ...process.env, ...settings, ...addresses({ node, ingress, admin }) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  const exited = once(server, 'exit')
  await Promise.race([healthy(admin, ingress), exited.then(() => Promise.reject(new Error('restate-server ended.')))])
  return {
    ingressUrl: `http://127.0.0.1:${ingress}`,
    register: async (uri) => {
      const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uri }),
      })
      if (!answer.ok) throw new Error(`Restate refused the services: ${await answer.text()}`)
    },
    stop: async () => {
      server.kill('SIGTERM')
      await exited
      process.off('exit', kill)
    },
  }
}

/** `rocksdb-disable-wal-fsync` stays off, as it is by default: what Restate has confirmed is on the disk. */
const settings = {
  // One a core: with the default of 24, two cores gave about half of W1, because each partition commits by itself.
  RESTATE_DEFAULT_NUM_PARTITIONS: String(availableParallelism()),
  RESTATE_LISTEN_MODE: 'tcp',
  RESTATE_DISABLE_TELEMETRY: 'true',
  RESTATE_LOG_FILTER: 'error,octocrab=off',
  RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
}

interface Ports {
  readonly node: number
  readonly ingress: number
  readonly admin: number
}

function addresses({ node, ingress, admin }: Ports) {
  return {
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}/`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
  }
}

/** Its own package starts it through a second process, which would leave it behind when that one is killed. */
function binary(): string {
  const { platform, arch } = process
  return createRequire(import.meta.url).resolve(`@restatedev/restate-server-${platform}-${arch}/bin/restate-server`)
}

async function freePorts(): Promise<readonly [number, number, number]> {
  const servers = [createServer(), createServer(), createServer()] as const
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      return address !== null && typeof address === 'object' ? address.port : 0
    }),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  const [first = 0, second = 0, third = 0] = ports
  return [first, second, third]
}

const startMs = 60_000

async function healthy(admin: number, ingress: number): Promise<void> {
  const deadline = performance.now() + startMs
  const urls = [`http://127.0.0.1:${admin}/health`, `http://127.0.0.1:${ingress}/restate/health`]
  for (const url of urls) {
    while (!(await answers(url))) {
      if (performance.now() > deadline) throw new Error(`restate-server did not answer within ${startMs / 1000} s.`)
      await delay(50)
    }
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  return answer?.ok === true
}
