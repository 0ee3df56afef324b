import { logger, workflow } from 'bifrost'
import { exportDevices } from '../devices/export-devices.ts'
import { licenseReport } from '../licenses/license-report.ts'

/**
 * Once a night, by its schedule: exports the devices and looks for unused licenses, by calling two other workflows as
 * functions. A night that the server slept through is caught up; while a run is going, no second one starts.
 */
export const nightlyInventory = workflow(
  {
    category: 'Reports',
    tags: ['nightly'],
    schedule: { cron: '30 2 * * *', timezone: 'Europe/Berlin', overlap: 'skip', catchUp: 'latest' },
    timeSaved: 45,
    value: 35,
  },
  async () => {
    const { devices, stale } = await exportDevices()
    const { unused, savedPerMonth } = await licenseReport()
    logger.info('%d devices, %d unused licenses', devices, unused.length)
    return { devices, staleDevices: stale, unusedLicenses: unused.length, savedPerMonth }
  },
)
