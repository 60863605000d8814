// What a house needs to serve people: sign-in, the live stream, and what the API's routes are given.

import { People } from '../api/access/people.ts'
import { createPost } from '../api/access/post.ts'
import type { Authenticate, MountParts } from '../api/mount.ts'
import type { ApiParts } from '../api/parts.ts'
import { StreamHub } from '../api/stream/hub.ts'
import { createStreamParts } from '../api/stream/still-allowed.ts'
import { createMailDoor } from '../engine/doors/mail-door.ts'
import type { House, HouseOptions } from '../main.ts'

export interface Serving {
  readonly people: People
  readonly hub: StreamHub
  readonly parts: ApiParts
  readonly authenticate: Authenticate
  close(): Promise<void>
}

/** `addressOf`: the IP address of a request's caller. */
export async function openServing(
  house: House,
  { log }: Pick<HouseOptions, 'log'>,
  addressOf: MountParts['addressOf'],
): Promise<Serving> {
  const { config, database, now, newId, key } = house
  const { url, oidc, maxPayload, retentionMs } = config
  const people = new People({ database, now, newId, key, url, oidc, log, post: postOf(house, log) })
  const hub = new StreamHub({ database, report: log })
  const authenticate: Authenticate = (request) =>
    people.authenticator.authenticate({
      method: request.method,
      headers: request.headers,
      address: addressOf(request),
      requestId: request.id,
    })
  await people.start()
  return {
    people,
    hub,
    authenticate,
    parts: { ...house, url, maxPayload, retentionMs, people, stream: createStreamParts(hub, authenticate) },
    close: async () => {
      hub.close()
      await people.close()
    },
  }
}

/** Letters go out where a mail server is configured. */
function postOf({ config, newId }: House, log: HouseOptions['log']) {
  if (config.smtpUrl === undefined) return undefined
  return createPost(createMailDoor({ smtpUrl: config.smtpUrl, from: config.mailFrom }).mail, newId, log)
}
