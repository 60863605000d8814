// The frame of the pages that stand on their own: plain HTML, no script, no file from elsewhere, light and dark.

import { createHash } from 'node:crypto'
import type { Problem } from '../../kernel/problem.ts'
import { markPaths } from '../mark.ts'

// Colours, sizes and radii are those of the interface.
const style = `
:root{color-scheme:light dark;--page:light-dark(#f5f2eb,#13110e);--sheet:light-dark(#fdfcf8,#1a1815);--field:light-dark(#fff,#24211d);
--text:light-dark(#221d17,#ece9e2);--soft:light-dark(#504941,#bab5ad);--line:light-dark(#c7c2b8,#44403b);--control:light-dark(#867f74,#79736b);
--accent:light-dark(#014f53,#76bbb6);--hover:light-dark(#023f42,#89ccc7);--on:light-dark(#fdfcf8,#0c2223);--focus:light-dark(#005559,#84d5cf);
--bad:light-dark(#a8260f,#fb9f88);--bad-soft:light-dark(#feece5,#381c16)}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-columns:minmax(0,1fr);place-items:center;padding:24px;background:var(--page);color:var(--text);
font:420 .875rem/1.375rem ui-sans-serif,system-ui,sans-serif}
main{width:100%;max-width:400px;padding:32px;background:var(--sheet);border:1px solid var(--line);border-radius:10px}
.brand{display:flex;gap:8px;align-items:center;font-weight:640;margin:0 0 24px}
h1{font:400 1.625rem/2.125rem ui-serif,Georgia,serif;letter-spacing:-.012em;margin:0 0 8px}
p{margin:0 0 16px;color:var(--soft)}
form{display:grid;grid-template-columns:minmax(0,1fr);gap:12px;margin:0}
form+form{margin-top:20px;padding-top:20px;border-top:1px solid var(--line)}
label{display:grid;grid-template-columns:minmax(0,1fr);gap:4px;font-weight:530}
input{min-height:44px;padding:8px 12px;font:inherit;font-size:1rem;color:inherit;background:var(--field);border:1px solid var(--control);border-radius:5px}
small{font-weight:420;color:var(--soft)}
button{min-height:44px;padding:8px 16px;font:inherit;font-weight:640;color:var(--on);background:var(--accent);border:1px solid var(--accent);border-radius:5px;cursor:pointer}
button:hover{background:var(--hover)}
button.plain{color:var(--text);background:none;border-color:var(--control)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
[role=alert]{padding:12px;color:var(--bad);background:var(--bad-soft);border-radius:5px;margin:0 0 16px}
a{color:var(--focus)}
main.wide{max-width:680px}
h2{font:640 .875rem/1.375rem ui-sans-serif,system-ui,sans-serif;margin:24px 0 8px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:8px 16px;margin:0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
pre,code{font:420 .8125rem/1.25rem ui-monospace,monospace}
pre{margin:0;padding:12px;max-height:70vh;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--field);border:1px solid var(--line);border-radius:5px}
select,textarea{min-height:44px;padding:8px 12px;font:inherit;font-size:1rem;color:inherit;background:var(--field);border:1px solid var(--control);border-radius:5px}
textarea{min-height:88px}
ul{margin:0;padding-left:20px;overflow-wrap:anywhere}
p.print{margin:12px 0 0;overflow-wrap:anywhere}
form.decision{margin-top:24px;padding-top:24px;border-top:1px solid var(--line)}
label.check{display:flex;gap:8px;align-items:center}
label.check input{min-height:auto;width:20px;height:20px;margin:0}
.row{display:grid;grid-template-columns:1fr 1fr;gap:12px}
@media(max-width:480px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** Headers of every page: nothing is loaded, framed or sent elsewhere, and the token stays out of referrers and caches. */
export const framedHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

const mark = `<svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="square" aria-hidden="true">${markPaths}</svg>`

export interface FramedPage {
  readonly title: string
  readonly text: string
  /** HTML, as is the next. */
  readonly body: string
  readonly head?: string
  readonly problem?: Problem | undefined
  readonly isWide?: boolean
}

export function framedPage({ title, text, body, head = '', problem, isWide = false }: FramedPage): string {
  const alert =
    problem === undefined
      ? ''
      : `<p role="alert">${escaped([problem.message, problem.hint].filter(Boolean).join(' '))}</p>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${head}
<title>${escaped(title)} · Countersign</title><style>${style}</style></head>
<body><main${isWide ? ' class="wide"' : ''}><p class="brand">${mark} Countersign</p><h1>${escaped(title)}</h1><p>${escaped(text)}</p>${alert}${body}</main></body></html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
