import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

const cli = join(import.meta.dirname, '../../packages/cli/bin/bifrost.mjs')

journey(
  'browser, API and command line run an example to the same result',
  async ({ page, product, open }) => {
    const input = { email: 'bo@contoso.example', fullName: 'Bo Diddley', department: 'sales' }

    await open('/workflows/onboardUser', 'onboardUser')
    const form = page.getByRole('form', { name: 'Run onboardUser' })
    await form.getByRole('textbox', { name: 'Email' }).fill(input.email)
    await form.getByRole('textbox', { name: 'Full name' }).fill(input.fullName)
    await form.getByRole('combobox', { name: 'Department' }).selectOption(input.department)
    await form.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('status').getByText('Succeeded').waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    const inBrowser = await product.ended(id)

    const api = await product.api()
    const overApi = await api(routes.executeWorkflow, { params: { id: 'onboardUser' }, body: { input } })

    const flags = Object.entries(input).flatMap(([name, value]) => ['--param', `${name}=${value}`])
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [cli, 'run', 'onboardUser', '--json', '--url', product.url, ...flags],
      { env: { ...process.env, BIFROST_API_KEY: await product.apiKey() } },
    )
    const onCommandLine = JSON.parse(stdout) as { execution_id: string; status: string; result: unknown }

    expect(overApi.result).toMatchObject({ userId: 'u-bo', groups: ['all-staff', 'crm-users'] })
    expect(inBrowser.result).toEqual(overApi.result)
    expect(onCommandLine.result).toEqual(overApi.result)
    expect([inBrowser.status, overApi.status, onCommandLine.status]).toEqual([
      'SUCCESS',
      'SUCCESS',
      'SUCCESS',
    ])
    const ids = [id, overApi.execution_id, onCommandLine.execution_id]
    const triggers = await Promise.all(ids.map(async (one) => (await product.ended(one)).trigger))
    expect(triggers).toEqual(['form', 'api', 'cli'])
  },
)
