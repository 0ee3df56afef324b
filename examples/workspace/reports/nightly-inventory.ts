import { logger, workflow } from 'bifrost'
import { exportDevices } from '../devices/export-devices.ts'
import { licenceReport } from '../licences/licence-report.ts'

/**
 * Once a night: exports the devices and looks for unused licences, by calling two other workflows as functions. The
 * schedule is read and shown today; it starts runs once schedules are part of the platform.
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
    const { unused, savedPerMonth } = await licenceReport()
    logger.info('%d devices, %d unused licences', devices, unused.length)
    return { devices, staleDevices: stale, unusedLicences: unused.length, savedPerMonth }
  },
)
