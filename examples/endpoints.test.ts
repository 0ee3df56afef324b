import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

const server = useServer({
  config: { workspaceDir: join(CHECKOUT, 'examples/workspace'), egressAllow: ['127.0.0.1'] },
})

test('a webhook that comes to the endpoint is relayed', async () => {
  const received: string[] = []
  const other = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => received.push(chunk.toString()))
    request.on('end', () => response.end('thanks'))
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  try {
    const { key } = await server().api(routes.createEndpointKey, {
      body: { name: 'shop', workflow: 'relayWebhook' },
    })
    const response = await server().anonymous('/api/endpoints/relayWebhook', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-bifrost-key': key },
      body: JSON.stringify({ url: `http://127.0.0.1:${port}/`, payload: { order: 7 } }),
    })
    expect(await response.json()).toMatchObject({
      status: 'SUCCESS',
      result: { status: 200, answer: 'thanks' },
    })
    expect(received.join('')).toBe('{"order":7}')
  } finally {
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  }
})
