// Takes the pictures of the documentation from a running server with the example workspace:
// `BIFROST_URL=… BIFROST_API_KEY=… EMAIL=… PASSWORD=… node docs/screenshots.mjs`
import { chromium } from 'playwright-core'
import { needChromium } from '../scripts/chromium.mjs'

const {
  BIFROST_URL: url = 'http://localhost:3000',
  BIFROST_API_KEY: key,
  EMAIL: email,
  PASSWORD: password,
} = process.env
const browser = await chromium.launch({ executablePath: await needChromium(), args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
const picture = (name) => page.screenshot({ path: `${import.meta.dirname}/images/${name}.png` })
const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor()

await page.goto(url)
await page.locator('input[type=email]').fill(email)
await page.locator('input[type=password]').fill(password)
await page.keyboard.press('Enter')
await page.getByRole('link', { name: 'Workflows' }).first().click()
await heading('Workflows')
await page.getByText('usersByDepartment').waitFor()
await picture('workflows')

await page.goto(`${url}/workflows/onboardUser`)
await heading('onboardUser')
await page.getByLabel('Email').fill('bo@contoso.example')
await page.getByLabel('Full Name').fill('Bo Berg')
await picture('run-form')

const response = await fetch(`${url}/api/workflows/patchDevices/execute`, {
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  body: JSON.stringify({ input: { site: 'berlin', count: 8, secondsPerDevice: 0.3 } }),
})
const { execution_id: id } = await response.json()
await page.goto(`${url}/history/${id}`)
await page.getByText('(8 of 8, 100 %)').waitFor()
await picture('execution')
await browser.close()
