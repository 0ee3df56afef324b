import { type Int, logger, UserError, workflow } from 'bifrost'
import { fetchDevicePage, type Site } from '../_clients/devices.ts'
import { pause } from '../_lib/pause.ts'

/**
 * Installs updates on the devices of a site, one after the other, and tells how far it is. Open the run while it goes:
 * the log arrives line by line, and cancelling stops it at once.
 * @param site Whose devices.
 * @param count How many devices, at most 20.
 * @param secondsPerDevice How long one device takes; 0 to be quick.
 */
export const patchDevices = workflow(
  { category: 'Devices', tags: ['slow'], timeSaved: 90, value: 60, timeoutSeconds: 3600 },
  async (site: Site, count: Int = 8, secondsPerDevice = 1) => {
    if (count < 1 || count > 20) throw new UserError('count must be from 1 to 20.')
    const { devices } = await fetchDevicePage(0, count, site)
    for (const [index, { serial, lastSeenDays }] of devices.entries()) {
      await pause(secondsPerDevice)
      if (lastSeenDays > 30) logger.warning('%s has not reported for %d days', serial, lastSeenDays)
      const percent = Math.round(((index + 1) / devices.length) * 100)
      logger.info('%s patched (%d of %d, %d %%)', serial, index + 1, devices.length, percent)
    }
    return { site, patched: devices.length }
  },
)
