import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const wide = { width: 1440, height: 900 }
const narrow = { width: 390, height: 844 }
/** Set it to a folder to get a picture of every page, light and dark, wide and narrow. */
const picturesFolder = process.env['BIFROST_PICTURES']

/** What is wrong with the page as it stands: light and dark, wide and narrow. */
export async function look(page: Page, name: string): Promise<string[]> {
  const faults: string[] = []
  await page.evaluate(axe)
  for (const size of [wide, narrow]) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const where = `${name}, ${size.width} px, ${colorScheme}`
      // Of what axe looks at, only contrast depends on the colors, and colors do not depend on the width.
      const rules = colorScheme === 'light' ? {} : { runOnly: ['color-contrast'] }
      if (size === wide || colorScheme === 'light')
        faults.push(...(await runAxe(page, rules)).map((fault) => `${where}: ${fault}`))
      if (picturesFolder) await takePicture(page, `${name}-${size.width}-${colorScheme}`)
    }
    const [inner, outer] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    if (inner > outer) faults.push(`${name}, ${size.width} px: is ${inner - outer} px wider than the window`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return faults
}

function runAxe(page: Page, rules: { runOnly?: string[] }): Promise<string[]> {
  return page.evaluate<string[]>(
    `axe.run(document, ${JSON.stringify({ ...rules, resultTypes: ['violations'] })}).then(({ violations }) =>
      violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => id + ': ' + help + ': ' + html)))`,
  )
}

async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(picturesFolder ?? '', { recursive: true })
  await page.screenshot({ path: join(picturesFolder ?? '', `${name}.png`), fullPage: true })
}
