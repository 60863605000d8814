// How the reference looks: the colours of the interface over those that its parts bring along.

import { markImage } from './mark.ts'

// cspell:ignore Grotesk Hanken opblock
const style = `
:root{color-scheme:light;--page:#f5f2eb;--sheet:#fdfcf8;--field:#fff;--text:#221d17;--soft:#504941;--line:#c7c2b8;--accent:#014f53;--link:#005559;--on:#fdfcf8}
:root.dark-mode{color-scheme:dark;--page:#13110e;--sheet:#1a1815;--field:#24211d;--text:#ece9e2;--soft:#bab5ad;--line:#44403b;--accent:#76bbb6;--link:#84d5cf;--on:#0c2223}
:root:root body,:root:root .swagger-ui{background:var(--page);color:var(--text)}
.swagger-ui :is(*,*::before,*::after):not(code,pre,pre *,.microlight,.microlight *,textarea,svg){font-family:"Hanken Grotesk Variable",ui-sans-serif,system-ui,sans-serif}
.swagger-ui .info{margin:40px 0 24px}
:root:root .swagger-ui .info .title{font:400 2.25rem/2.625rem "Newsreader Variable",ui-serif,Georgia,serif;letter-spacing:-.012em;color:var(--text)}
:root:root .swagger-ui .info .title small{position:static;margin-left:8px;padding:2px 8px;border-radius:5px;background:none;border:1px solid var(--line);vertical-align:middle}
:root:root .swagger-ui .info .title small pre{margin:0;padding:0;font-size:.75rem;line-height:1.125rem;color:var(--soft)}
:root:root .swagger-ui :is(.info p,.info li,.renderedMarkdown p,.opblock-tag small,.opblock-summary-description,.opblock-description-wrapper p){color:var(--soft)}
:root:root .swagger-ui :is(.info,.renderedMarkdown) code{color:var(--text);background:var(--sheet);font-weight:400}
:root:root .swagger-ui :is(.info,.renderedMarkdown) a{color:var(--link)}
:root:root .swagger-ui .scheme-container{background:none;box-shadow:none;padding:0 0 16px;border-bottom:1px solid var(--line)}
:root:root .swagger-ui .scheme-container :is(.schemes-server-container,.servers-title,.servers){display:none}
:root:root .swagger-ui .opblock-tag{font-size:1.25rem;font-weight:640;color:var(--text);border-bottom-color:var(--line)}
.swagger-ui .opblock{box-shadow:none;border-radius:7px}
:root:root .swagger-ui .opblock .opblock-summary-path :is(a,span){color:var(--text)}
:root:root .swagger-ui .btn.btn:is(.execute,.authorize){background:var(--accent);border-color:var(--accent);color:var(--on);box-shadow:none}
:root:root .swagger-ui .btn.btn.authorize svg{fill:var(--on);color:var(--on)}
.swagger-ui :is(input,select,textarea,button,a):focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media(max-width:640px){.swagger-ui .wrapper{padding:0 12px}.swagger-ui .opblock .opblock-summary-description{display:none}}
`

/** Its parts know a dark mode and wait for a switch to be pressed; here it follows the system. */
const followSystem = `
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
document.head.append(Object.assign(document.createElement('meta'), { name: 'viewport', content: 'width=device-width, initial-scale=1' }))
`

export const referenceTheme = {
  title: 'Countersign API',
  css: [{ filename: 'countersign.css', content: style }],
  js: [{ filename: 'follow-system.js', content: followSystem }],
  favicon: [{ filename: 'mark.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: markImage }],
}
