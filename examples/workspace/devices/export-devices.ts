import { context, files, type Int, logger, workflow } from 'bifrost'
import { type Device, devicePages, type Site } from '../_clients/devices.ts'
import { writeCsv } from '../_lib/csv.ts'

/**
 * Exports the devices of a customer as CSV, page by page, into the temporary files of the organization.
 * @param site Only this site; all sites when absent.
 * @param pageSize Devices per request to the service.
 */
export const exportDevices = workflow(
  { category: 'Devices', tags: ['inventory'], timeSaved: 30, value: 20 },
  async (site?: Site, pageSize: Int = 20) => {
    const devices: Device[] = []
    for await (const page of devicePages(pageSize, site)) {
      // Between two pages is a good place to stop when the run was cancelled.
      context.signal.throwIfAborted()
      devices.push(...page)
      logger.info('%d devices read', devices.length)
    }
    const csv = writeCsv(
      ['serial', 'model', 'site', 'os', 'last_seen_days'],
      devices.map(({ serial, model, site: place, os, lastSeenDays }) => [
        serial,
        model,
        place,
        os,
        lastSeenDays,
      ]),
    )
    const path = `exports/devices-${site ?? 'all'}.csv`
    await files.write(path, csv, { location: 'temp' })
    return {
      path,
      devices: devices.length,
      stale: devices.filter((device) => device.lastSeenDays > 30).length,
    }
  },
)
