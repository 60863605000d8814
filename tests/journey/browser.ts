// A real browser for tests: the Chromium of the machine.

import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const places = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
const executablePath = places.find((path) => path !== '' && existsSync(path))

/** Why there is no browser; undefined where there is one. In CI it has to be there. */
export const whyNoBrowser: string | undefined =
  executablePath === undefined && process.env['CI'] !== 'true'
    ? 'No Chromium was found: `apt-get install chromium`, or set CHROMIUM to its path.'
    : undefined

export async function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('No Chromium was found: `apt-get install chromium`.')
  // Chromium refuses its own sandbox to root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained of: errors of scripts, refused by the policy, files that failed. */
  readonly complaints: string[]
}

export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } } as const

export async function openPage(
  browser: Browser,
  colorScheme: 'light' | 'dark' = 'light',
  size: keyof typeof sizes = 'desktop',
): Promise<Visit> {
  const context = await browser.newContext({ colorScheme, viewport: sizes[size] })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  // cspell:ignore requestfailed
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    // Leaving a page before all of it has come is no failure.
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()} ${why}`)
  })
  return { context, page, complaints }
}

/** What keeps people from reading or using a page, each as its rule and the elements. */
export async function barriersIn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}
