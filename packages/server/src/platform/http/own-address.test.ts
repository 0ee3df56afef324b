import { request as ask } from 'node:http'
import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type ServerUnderTest, withServer } from '../../testing/server.ts'

const issuer = 'https://login.example.com'

/** The redirect URL that a person at `host` is told to enter at their identity provider. */
async function wayBack(server: ServerUnderTest, headers: Record<string, string>): Promise<string> {
  const url = new URL(routes.listIdentityProviders.path, server.url)
  const text = await new Promise<string>((resolve, reject) => {
    const authorization = `Bearer ${server.admin.apiKey}`
    ask(url, { headers: { authorization, ...headers } }, async (response) => {
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      resolve(Buffer.concat(parts).toString())
    })
      .on('error', reject)
      .end()
  })
  const { redirect_uri: address } = JSON.parse(text) as { redirect_uri: string }
  return new URL(address).origin
}

const withProvider = (config: Parameters<typeof withServer>[0]['config']) =>
  withServer({ config: config ?? {} }, async (server) => {
    await server.api(routes.createIdentityProvider, {
      body: {
        name: 'Login',
        issuer,
        client_id: 'x',
        organization_id: await server.providerId(),
        domains: ['example.com'],
      },
    })
    return {
      local: await wayBack(server, { host: '127.0.0.1:8080' }),
      other: await wayBack(server, { host: 'evil.example' }),
      forwarded: await wayBack(server, {
        host: 'evil.example',
        'x-forwarded-for': '192.0.2.7',
        'x-forwarded-host': 'bifrost.example.com',
        'x-forwarded-proto': 'https',
      }),
      own: `http://localhost:${new URL(server.url).port}`,
    }
  })

describe('where people are sent back to', () => {
  test('is never what a client says in a Host header, but for names of this machine', async () => {
    const { local, other, forwarded, own } = await withProvider({})
    expect(local).toBe('http://127.0.0.1:8080')
    expect(other).toBe(own)
    expect(forwarded).toBe(own)
  })

  test('is what a trusted proxy says', async () => {
    const { other, forwarded, own } = await withProvider({ trustedProxies: ['loopback'] })
    expect(other).toBe(own)
    expect(forwarded).toBe('https://bifrost.example.com')
  })

  test('is the setting, whatever the request says', async () => {
    const publicUrl = 'https://bifrost.example'
    const { local, other, forwarded } = await withProvider({ publicUrl, trustedProxies: ['loopback'] })
    expect([local, other, forwarded]).toEqual([publicUrl, publicUrl, publicUrl])
  })
})
