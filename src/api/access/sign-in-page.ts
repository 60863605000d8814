// The page on which people sign in before there is an interface: plain HTML, no script, no file from elsewhere.
// cspell:ignore maxlength

import type { Problem } from '../../kernel/problem.ts'
import { escaped, framedHeaders, framedPage } from '../pages/frame.ts'
import { longestPassword, shortestPassword } from './better-auth.ts'

/** What the page is for, and the token that brought somebody there. */
export interface PagePurpose {
  readonly kind: 'password' | 'token' | 'invitation' | 'reset'
  readonly token: string
}

export interface PageFacts extends PagePurpose {
  readonly problem?: Problem | undefined
  /** The name on the button of single sign-on. */
  readonly provider?: string | undefined
  /** What was typed before. */
  readonly email?: string | undefined
}

/** As those of every page; a sign-in form says where it comes from. */
export const pageHeaders = { ...framedHeaders, 'referrer-policy': 'same-origin' } as const

export function signInPage(facts: PageFacts): string {
  return page(headings[facts.kind], forms[facts.kind](facts), facts.problem)
}

/** Sends the browser on to another site, which the rules for forms do not allow them to do. */
export function onwardPage(url: string, provider: string): string {
  const address = escaped(url)
  const link = `<p><a href="${address}">Go on to ${escaped(provider)}</a></p>`
  return page(
    { title: `Sign in with ${provider}`, text: 'You are being sent on.' },
    link,
    undefined,
    `<meta http-equiv="refresh" content="0;url=${address}">`,
  )
}

interface Heading {
  readonly title: string
  readonly text: string
}

const headings: Readonly<Record<PagePurpose['kind'], Heading>> = {
  password: { title: 'Sign in to sign off.', text: 'AI drafts. People countersign.' },
  token: { title: 'You have a link to sign in.', text: 'It works once. Press the button to use it.' },
  invitation: { title: 'You are invited.', text: 'Make your account to join. If you have one, sign in first.' },
  reset: { title: 'Set a new password.', text: 'It ends all your sessions.' },
}

const forms: Readonly<Record<PagePurpose['kind'], (facts: PageFacts) => string>> = {
  password: ({ provider, email = '' }) =>
    form(
      `<label>E-mail <input type="email" name="email" value="${escaped(email)}" autocomplete="username" required></label>
<label>Password <input type="password" name="password" autocomplete="current-password" required></label>`,
      'Sign in',
    ) +
    (provider === undefined
      ? ''
      : form('<input type="hidden" name="provider" value="oidc">', `Continue with ${provider}`, 'plain')),
  token: ({ token }) => form(hidden('token', token), 'Sign in'),
  invitation: ({ token }) =>
    form(
      `${hidden('invitation', token)}<label>Name <input name="name" autocomplete="name" maxlength="100"></label>${newPassword}`,
      'Accept the invitation',
    ),
  reset: ({ token }) => form(`${hidden('reset', token)}${newPassword}`, 'Set the password'),
}

const newPassword = `<label>Password <input type="password" name="new_password" autocomplete="new-password" minlength="${shortestPassword}" maxlength="${longestPassword}"><small>At least ${shortestPassword} characters. A sentence is a good one.</small></label>`

const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${escaped(value)}">`

function form(fields: string, label: string, kind = ''): string {
  return `<form method="post" action="/sign-in">${fields}<button${kind === '' ? '' : ` class="${kind}"`}>${escaped(label)}</button></form>`
}

function page(heading: Heading, body: string, problem: Problem | undefined, head = ''): string {
  return framedPage({ ...heading, body, problem, head })
}
