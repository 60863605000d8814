// What a step would do outside of its execution: whom it reaches, and with what.

import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts'
import type { StepEffect } from '../../kernel/testcase/compare.ts'
import type { RegisteredAction } from '../../packs/kit.ts'

export interface Effect extends Omit<StepEffect, 'step'> {
  readonly leaves: boolean
}

type Describe = (config: JsonObject) => Effect | undefined

/** What the core's actions send; any other that reaches outside is told with its whole config. */
const known: Readonly<Record<string, Describe>> = {
  'http.request': ({ url, method = 'GET', ...content }) => http(url, { method, ...content }),
  'callback.wait': ({ request }) => {
    if (!isJsonObject(request)) return undefined
    const { url, method = 'POST', ...content } = request
    return http(url, { method, ...content })
  },
  'email.send': ({ to, cc, bcc, ...content }) => ({
    kind: 'email',
    to: [...textsOf(to), ...textsOf(cc), ...textsOf(bcc)],
    content,
    leaves: true,
  }),
  'webhook.send': ({ url, event, data = null, secret: _secret }) => ({
    kind: 'webhook',
    to: textsOf(url),
    content: { ...(event !== undefined && { event }), data },
    leaves: true,
  }),
  'notification.send': ({ to, channels = ['in_app'], slack_webhook_url: slack, ...content }) => ({
    kind: 'notification',
    to: [...audienceOf(to), ...textsOf(slack)],
    content: { channels, ...content },
    leaves: !Array.isArray(channels) || channels.some((channel) => channel !== 'in_app'),
  }),
}

/** Undefined where the step changes nothing but its execution. */
export function effectOf({ name, effect }: RegisteredAction, config: Json): Effect | undefined {
  if (effect === 'pure' || !isJsonObject(config)) return undefined
  const describe = Object.hasOwn(known, name) ? known[name] : undefined
  if (describe !== undefined) return describe(config)
  return { kind: 'action', to: [name], content: config, leaves: effect === 'external' }
}

function http(url: Json | undefined, content: JsonObject): Effect {
  return { kind: 'http', to: textsOf(url), content, leaves: true }
}

function textsOf(value: Json | undefined): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((one) => typeof one === 'string')
}

/** `role:buyer`, `council:media`, or addresses. */
function audienceOf(to: Json | undefined): string[] {
  if (!isJsonObject(to)) return textsOf(to)
  const { role, council, members } = to
  return [
    ...textsOf(role).map((name) => `role:${name}`),
    ...textsOf(council).map((name) => `council:${name}`),
    ...textsOf(members),
  ]
}
