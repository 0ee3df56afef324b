import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

const server = useServer({ config: { workspaceDir: copyOfExamples() } })

test('shareDevices: writes a file as a stream, and its address alone is enough to fetch it', async () => {
  const { result, error } = await server().execute('shareDevices', { hours: 2 })
  expect(error).toBeNull()
  const { devices, size, url, expires } = result as {
    devices: number
    size: number
    url: string
    expires: string
  }
  expect(devices).toBe(57)
  expect(Date.parse(expires)).toBeGreaterThan(Date.now() + 60 * 60_000)
  const { pathname, search } = new URL(url)
  const text = await (await server().anonymous(pathname + search)).text()
  expect(Buffer.byteLength(text)).toBe(size)
  expect(text.split('\n').slice(0, 2)).toEqual([
    'serial,model,os',
    expect.stringMatching(/^SN-0001,Latitude 7450,/),
  ])
  expect(text.trimEnd().split('\n')).toHaveLength(58)
})
