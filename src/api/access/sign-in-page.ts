// The page on which people sign in before there is an interface: plain HTML, no script, no file from elsewhere.

import { createHash } from 'node:crypto'
import type { Problem } from '../../kernel/problem.ts'
import { markPaths } from '../mark.ts'
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

// Colours, sizes and radii are those of the interface. cspell:ignore maxlength
const style = `
:root{color-scheme:light dark;--page:light-dark(#f5f2eb,#13110e);--sheet:light-dark(#fdfcf8,#1a1815);--field:light-dark(#fff,#24211d);
--text:light-dark(#221d17,#ece9e2);--soft:light-dark(#504941,#bab5ad);--line:light-dark(#c7c2b8,#44403b);--control:light-dark(#867f74,#79736b);
--accent:light-dark(#014f53,#76bbb6);--hover:light-dark(#023f42,#89ccc7);--on:light-dark(#fdfcf8,#0c2223);--focus:light-dark(#005559,#84d5cf);
--bad:light-dark(#a8260f,#fb9f88);--bad-soft:light-dark(#feece5,#381c16)}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--page);color:var(--text);
font:420 .875rem/1.375rem ui-sans-serif,system-ui,sans-serif}
main{width:100%;max-width:400px;padding:32px;background:var(--sheet);border:1px solid var(--line);border-radius:10px}
.brand{display:flex;gap:8px;align-items:center;font-weight:640;margin:0 0 24px}
h1{font:400 1.625rem/2.125rem ui-serif,Georgia,serif;letter-spacing:-.012em;margin:0 0 8px}
p{margin:0 0 16px;color:var(--soft)}
form{display:grid;gap:12px;margin:0}
form+form{margin-top:20px;padding-top:20px;border-top:1px solid var(--line)}
label{display:grid;gap:4px;font-weight:530}
input{min-height:44px;padding:8px 12px;font:inherit;font-size:1rem;color:inherit;background:var(--field);border:1px solid var(--control);border-radius:5px}
small{font-weight:420;color:var(--soft)}
button{min-height:44px;padding:8px 16px;font:inherit;font-weight:640;color:var(--on);background:var(--accent);border:1px solid var(--accent);border-radius:5px;cursor:pointer}
button:hover{background:var(--hover)}
button.plain{color:var(--text);background:none;border-color:var(--control)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
[role=alert]{padding:12px;color:var(--bad);background:var(--bad-soft);border-radius:5px;margin:0 0 16px}
a{color:var(--focus)}
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** Headers of every page: nothing is loaded, framed or sent elsewhere, and the token stays out of referrers and caches. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

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

const mark = `<svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="square" aria-hidden="true">${markPaths}</svg>`

function page({ title, text }: Heading, body: string, problem: Problem | undefined, head = ''): string {
  const alert =
    problem === undefined
      ? ''
      : `<p role="alert">${escaped([problem.message, problem.hint].filter(Boolean).join(' '))}</p>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${head}
<title>${escaped(title)} · Countersign</title><style>${style}</style></head>
<body><main><p class="brand">${mark} Countersign</p><h1>${escaped(title)}</h1><p>${escaped(text)}</p>${alert}${body}</main></body></html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
