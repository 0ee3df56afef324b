import { files, type Int, workflow } from 'bifrost'
import { devicePages, type Site } from '../_clients/devices.ts'
import { csvLine } from '../_lib/csv.ts'

/** Lines of CSV, page by page: what comes next is fetched when what came before is written. */
async function* lines(site: Site | undefined, counted: () => void) {
  yield csvLine(['serial', 'model', 'os'])
  for await (const page of devicePages(20, site))
    for (const { serial, model, os } of page) {
      counted()
      yield csvLine([serial, model, os])
    }
}

/**
 * Writes the devices of a customer to a file, however many there are, and makes an address for a person without an
 * account to fetch it from.
 * @param site Only this site; all sites when absent.
 * @param hours How long the address counts.
 */
export const shareDevices = workflow(
  { category: 'Devices', tags: ['inventory', 'files'] },
  async (site?: Site, hours: Int = 24) => {
    let devices = 0
    const path = `shared/devices-${site ?? 'all'}.csv`
    const { size } = await files.writeStream(
      path,
      lines(site, () => devices++),
      { location: 'temp' },
    )
    const { url, expiresAt } = await files.signedUrl(path, {
      location: 'temp',
      expiresInSeconds: hours * 3600,
    })
    return { devices, size, url, expires: expiresAt.toISOString() }
  },
)
