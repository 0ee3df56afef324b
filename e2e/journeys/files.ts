import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey('a file is uploaded, downloaded, shared and deleted', async ({ page, open }) => {
  await open('/files?in=uploads', 'Files')
  await page.getByRole('button', { name: 'New folder' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('reports')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByRole('link', { name: 'reports', exact: true }).click()
  await page.getByRole('navigation', { name: 'Folders' }).getByText('reports').waitFor()

  const buffer = Buffer.from('größer,👋\nneedle,1\n')
  const chosen = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Upload' }).click()
  await (await chosen).setFiles({ name: 'größe.csv', mimeType: 'text/csv', buffer })
  const link = page.getByRole('link', { name: 'Download größe.csv' })
  await link.waitFor()
  const started = page.waitForEvent('download')
  await link.click()
  const download = await started
  expect(download.suggestedFilename()).toBe('größe.csv')
  expect(Buffer.concat(await (await download.createReadStream()).toArray()).equals(buffer)).toBe(true)

  await page.getByRole('searchbox', { name: 'Search in files' }).fill('NEEDLE')
  await page.getByRole('list', { name: 'Found lines' }).getByText('reports/größe.csv:2').waitFor()
  await page.getByRole('searchbox', { name: 'Search in files' }).fill('')

  await page.getByRole('button', { name: 'Share größe.csv' }).click()
  await page.getByRole('button', { name: 'Create the link' }).click()
  const address = await page.getByRole('dialog').getByRole('code').innerText()
  expect(Buffer.from(await (await fetch(address)).arrayBuffer()).equals(buffer)).toBe(true)
  await page.getByRole('button', { name: 'Done' }).click()

  await page.getByRole('button', { name: 'Delete größe.csv' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('This folder is empty').waitFor()
  expect((await fetch(address)).status).toBe(404)
})

journey(
  'a renamed function keeps its workflow when the editor is told so',
  async ({ page, product, open, expectErrors }) => {
    expectErrors(/409/)
    const path = 'journeys/renamed.ts'
    const text = (name: string) =>
      `import { workflow } from 'bifrost'\nexport const ${name} = workflow(async () => 1)\n`
    const api = await product.api()
    product.write(path, text('beforeRename'))
    const { id } = await api(routes.getWorkflow, { params: { id: 'beforeRename' } })
    await open(`/editor?file=${encodeURIComponent(path)}`, new RegExp(path))
    await page.locator('.cm-content').click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.insertText(text('afterRename'))
    await page.getByRole('button', { name: 'Save' }).click()
    const dialog = page.getByRole('dialog', { name: 'Workflows that this file no longer defines' })
    await dialog.getByRole('combobox', { name: 'beforeRename' }).selectOption('renamed to afterRename')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(`${path} saved`).waitFor()
    expect((await api(routes.getWorkflow, { params: { id: 'afterRename' } })).id).toBe(id)

    await page.getByRole('button', { name: 'Delete the file' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('afterRename').waitFor()
    await page.getByRole('button', { name: 'Delete anyway' }).click()
    await page.getByText(`${path} deleted`).waitFor()
  },
)
