// Stands for a device management service (Intune, Jamf, an RMM): 57 devices, given out in pages.

export type Site = 'berlin' | 'vienna' | 'zurich'

export interface Device {
  serial: string
  model: string
  site: Site
  os: string
  /** Days since the device last reported. */
  lastSeenDays: number
}

/** One page, and where the next one begins; `next` is null on the last page. */
export interface DevicePage {
  devices: Device[]
  next: number | null
}

const COUNT = 57
const sites: readonly Site[] = ['berlin', 'vienna', 'zurich']
const models = ['Latitude 7450', 'ThinkPad T14', 'MacBook Air'] as const

const devices: readonly Device[] = Array.from({ length: COUNT }, (_, index) => ({
  serial: `SN-${String(index + 1).padStart(4, '0')}`,
  model: models[index % models.length] ?? 'unknown',
  site: sites[index % sites.length] ?? 'berlin',
  os: index % 3 === 2 ? 'macOS 26' : 'Windows 11',
  lastSeenDays: (index * 7) % 45,
}))

export async function fetchDevicePage(from: number, size: number, site?: Site): Promise<DevicePage> {
  const matching = site ? devices.filter((device) => device.site === site) : devices
  const end = from + size
  return { devices: matching.slice(from, end), next: end < matching.length ? end : null }
}

/**
 * All devices, page by page. An async generator keeps one page in memory, and the caller reads a plain loop.
 */
export async function* devicePages(size: number, site?: Site): AsyncGenerator<Device[]> {
  for (let from: number | null = 0; from !== null; ) {
    const page: DevicePage = await fetchDevicePage(from, size, site)
    yield page.devices
    from = page.next
  }
}
