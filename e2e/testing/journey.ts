import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyOfExamples } from '../../packages/server/src/testing/example-workspace.ts'
import { Product } from './product.ts'

/** One person at one browser window, and the product in front of them. */
export interface Visit {
  page: Page
  context: BrowserContext
  product: Product
  /** Opens a page of the app and waits for its heading. */
  open(path: string, heading: string | RegExp): Promise<void>
  /** An error in the browser's console that the journey brings about; any other one fails it. */
  expectErrors(pattern: RegExp): void
}

interface JourneyOptions {
  /** Without a session. */
  signedOut?: boolean
  viewport?: { width: number; height: number }
  /** For one that sees very many pages. */
  timeoutMs?: number
}

/** Long, because a busy machine is no failure; a journey that works never waits for it. */
const PATIENCE_MS = 20_000
let product: Product | undefined
let browser: Browser | undefined

/** One server and one browser for all journeys of a file. */
export function useProduct(): void {
  const workspace = copyOfExamples()
  beforeAll(async () => {
    const executablePath = process.env['BIFROST_CHROMIUM']
    if (!executablePath)
      throw new Error('The journeys need Chromium: `npm test` finds one, or set BIFROST_CHROMIUM to one.')
    const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
    ;[product, browser] = await Promise.all([
      Product.start(workspace),
      chromium.launch({ executablePath, args }),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await product?.stop()
  })
}

/**
 * A test in a window of its own. It fails on errors in the console and on violations of the content policy as well,
 * and a failure names a screenshot.
 */
export function journey(
  name: string,
  steps: (visit: Visit) => Promise<void>,
  { signedOut = false, viewport = { width: 1440, height: 900 }, timeoutMs }: JourneyOptions = {},
): void {
  test(name, { ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) }, async () => {
    if (!product || !browser) throw new Error('useProduct() comes before the journeys.')
    const { url } = product
    const context = await browser.newContext({
      baseURL: url,
      viewport,
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(PATIENCE_MS)
    if (!signedOut) await context.addCookies([await product.cookie()])
    const { errors, expectErrors } = await watchErrors(context)
    const page = await context.newPage()
    const open = async (path: string, heading: string | RegExp) => {
      await page.goto(path)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    }
    try {
      await steps({ page, context, product, open, expectErrors })
      expect(errors()).toEqual([])
    } catch (error) {
      throw await withScreenshots(error as Error, context, errors())
    } finally {
      await context.close()
    }
  })
}

async function watchErrors(context: BrowserContext) {
  const errors: string[] = []
  const expected: RegExp[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (thrown) => errors.push(String(thrown.error().stack)))
  await context.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', (event) =>
      console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI))`,
  })
  return {
    errors: () => errors.filter((error) => !expected.some((pattern) => pattern.test(error))),
    expectErrors: (pattern: RegExp) => void expected.push(pattern),
  }
}

async function withScreenshots(error: Error, context: BrowserContext, errors: string[]): Promise<Error> {
  const folder = mkdtempSync(join(tmpdir(), 'bifrost-journey-'))
  const notes: string[] = []
  for (const [at, page] of context.pages().entries()) {
    const path = join(folder, `page-${at + 1}.png`)
    const taken = await page.screenshot({ path, fullPage: true }).catch(() => null)
    notes.push(`${page.url()}${taken ? `: see ${path}` : ''}`)
  }
  error.message = [error.message, ...notes, ...errors.map((text) => `In the console: ${text}`)].join('\n')
  return error
}
