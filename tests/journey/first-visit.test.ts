// The first minutes in a browser: signing in by link and by password, and the reference of the API.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { z } from 'zod'
import { Walker } from '../docs/walker.ts'
import { barriersIn, openBrowser, openPage, sizes, whyNoBrowser } from './browser.ts'

// The reference calls an operation a block: cspell:ignore opblock
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })

test('there is a browser', ({ skip }) => skip(whyNoBrowser !== undefined, whyNoBrowser))

describe.skipIf(whyNoBrowser !== undefined)('in a browser', () => {
  let walker: Walker
  let browser: Browser
  let link = ''
  let url = ''

  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    walker = await Walker.open()
    closing.push(() => walker.close())
    browser = await openBrowser()
    closing.push(() => browser.close())
    link = /http\S+\/sign-in\?token=\S+/.exec(await walker.serve())?.[0] ?? ''
    url = new URL(link).origin
  })

  afterAll(async () => {
    for (const close of closing.toReversed()) await close()
  })

  const whoIsIn = (page: Page) =>
    page.evaluate(async () => {
      const response = await fetch('/api/v1/me')
      return response.json()
    })

  test('the printed link signs the owner in, and nobody a second time', async () => {
    const { context, page, complaints } = await openPage(browser)
    await page.goto(link)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${url}/docs`)
    expect(await whoIsIn(page)).toMatchObject({ name: 'Olivia Owner', role: 'owner' })
    await context.clearCookies()
    await page.goto(link)
    expect(complaints).toEqual([])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('This link was used, or it has expired.')
    await context.close()
  })

  test('who accepts an invitation chooses a password, and signs in with it', async () => {
    const key = (await walker.run('npx countersign dev api-key')).trim()
    const invited = await fetch(`${url}/api/v1/invitations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'mia@example.com', role: 'viewer' }),
    })
    const { context, page, complaints } = await openPage(browser, 'dark', 'phone')
    await page.goto(z.object({ url: z.url() }).parse(await invited.json()).url)
    await page.getByLabel('Name').fill('Mia Marsh')
    await page.getByLabel('Password').fill('a sentence is a good one')
    await page.getByRole('button', { name: 'Accept the invitation' }).click()
    await page.waitForURL(`${url}/docs`)
    await context.clearCookies()
    await page.goto(`${url}/sign-in`)
    await page.getByLabel('E-mail').fill('mia@example.com')
    await page.getByLabel('Password').fill('a sentence is a good one')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${url}/docs`)
    expect(await whoIsIn(page)).toMatchObject({ name: 'Mia Marsh', role: 'viewer' })
    expect(complaints).toEqual([])
    await context.close()
  })

  test('the reference shows every operation, and tries one as whoever is signed in', async () => {
    const { context, page, complaints } = await openPage(browser)
    await page.goto((await walker.run('npx countersign dev sign-in --role builder')).trim())
    await page.getByRole('button', { name: 'Sign in' }).click()
    const document = documentSchema.parse(await (await fetch(`${url}/api/v1/openapi.json`)).json())
    const operations = Object.values(document.paths).flatMap((path) => Object.keys(path))
    await page.locator('.opblock').first().waitFor()
    expect((await operationsShown(page, operations.length)).size).toBe(operations.length)
    expect(await page.title()).toBe('Countersign API')
    await page.locator('#operations-Workflows-listWorkflows .opblock-summary-control').click()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.locator('.live-responses-table .response-col_status', { hasText: '200' }).first().waitFor()
    expect(await page.locator('.live-responses-table').textContent()).toContain('purchase-order-approval')
    expect(complaints).toEqual([])
    await context.close()
  })

  const looks = (['light', 'dark'] as const).flatMap((scheme) =>
    (['phone', 'desktop'] as const).map((size) => ({ scheme, size })),
  )
  test.each(looks)('nothing keeps people from signing in: $scheme, $size', async ({ scheme, size }) => {
    const { context, page } = await openPage(browser, scheme, size)
    for (const path of ['/sign-in', '/sign-in?token=a', '/sign-in?invitation=a', '/sign-in?error=access_denied']) {
      await page.goto(url + path)
      expect(await barriersIn(page)).toEqual([])
      const { x = -1, width = 0 } = (await page.getByRole('main').boundingBox()) ?? {}
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + width).toBeLessThanOrEqual(sizes[size].width)
    }
    await context.close()
  })
})

/** The page draws only what is near to what one looks at, so it is walked through, again where it was not quick enough. */
async function operationsShown(page: Page, most: number): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  while (seen.size < most) {
    // As text: types know no page here.
    const before = await page.evaluate<number>('scrollY')
    await page.evaluate(
      `new Promise((drawn) => (scrollBy(0, innerHeight / 2), requestAnimationFrame(() => setTimeout(drawn))))`,
    )
    const isAtEnd = (await page.evaluate<number>('scrollY')) === before
    for (const id of await page.locator('.opblock').evaluateAll((blocks) => blocks.map((block) => block.id)))
      seen.add(id)
    if (isAtEnd) await page.evaluate('scrollTo(0, 0)')
  }
  await page.evaluate('scrollTo(0, 0)')
  return seen
}
