import { logger, workflow } from 'bifrost'
import { devicePages, type Site } from '../_clients/devices.ts'
import { htmlTable } from '../_lib/html.ts'

/**
 * A report that people read: text that begins with < is shown as a page of its own, in a frame that can run no script.
 */
export const deviceHealth = workflow(
  { category: 'Reports', executionMode: 'sync', timeSaved: 20, value: 15 },
  async () => {
    const bySite = new Map<Site, { devices: number; silent: number }>()
    for await (const page of devicePages(50))
      for (const { site, lastSeenDays } of page) {
        const count = bySite.get(site) ?? { devices: 0, silent: 0 }
        count.devices++
        if (lastSeenDays > 30) count.silent++
        bySite.set(site, count)
      }
    logger.info('%d sites', bySite.size)
    const rows = [...bySite].map(([site, { devices, silent }]) => [site, devices, silent])
    return `<h1>Device health</h1><p>Silent for more than 30 days, by site.</p>${htmlTable(['Site', 'Devices', 'Silent'], rows)}`
  },
)
