import { expect, test } from 'vitest'
import { Browser } from '../../testing/browser.ts'
import { ADMIN, useServer } from '../../testing/server.ts'

const server = useServer({ config: { trustedProxies: ['loopback'] } })

const login = (browser: Browser, password: string, address: string, email: string = ADMIN.email) =>
  browser
    .fetch('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ email, password }),
    })
    .then((response) => response.status)
const stranger = () => new Browser(server())

test('wrong passwords of others lock no one out (V15)', async () => {
  const mine = await stranger().signIn()
  for (let n = 0; n < 14; n++) expect(await login(stranger(), 'a wrong password', `198.51.${n}.7`)).toBe(401)
  expect(await login(stranger(), ADMIN.password, '203.0.113.1')).toBe(200)
  // The network that guesses has to stop; a browser that was signed in with there before does not.
  for (let n = 0; n < 10; n++) await login(stranger(), 'a wrong password', `192.0.2.${n}`)
  expect(await login(stranger(), ADMIN.password, '192.0.2.99')).toBe(429)
  expect(await login(mine, ADMIN.password, '192.0.2.99')).toBe(200)
  // It has its own count.
  const browser = new Browser(server())
  browser.cookies.set('bifrost_device', mine.cookies.get('bifrost_device') ?? '')
  for (let n = 0; n < 10; n++) expect(await login(browser, 'a wrong password', '192.0.2.99')).toBe(401)
  expect(await login(browser, ADMIN.password, '203.0.113.77')).toBe(429)
  expect(await login(stranger(), ADMIN.password, '203.0.113.77')).toBe(200)
})

test('a known device is known for those who signed in with it alone, and cannot be made up', async () => {
  for (let n = 0; n < 10; n++) await login(stranger(), 'a wrong password', '192.0.2.5', 'other@example.com')
  const mine = await stranger().signIn()
  expect(await login(mine, 'a wrong password', '192.0.2.5', 'other@example.com')).toBe(429)
  const forged = stranger()
  const cookie = mine.cookies.get('bifrost_device') ?? ''
  forged.cookies.set('bifrost_device', `${cookie.slice(0, -4)}AAAA`)
  for (let n = 0; n < 10; n++) await login(stranger(), 'a wrong password', '192.0.2.6')
  expect(await login(forged, ADMIN.password, '192.0.2.6')).toBe(429)
})

test('by https both cookies are tied to the host', async () => {
  const response = await server().anonymous('/api/auth/login', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: 'https://bifrost.example.com',
      'x-forwarded-for': '203.0.113.200',
    },
    body: JSON.stringify({ email: ADMIN.email, password: ADMIN.password }),
  })
  expect(response.status).toBe(200)
  const cookies = response.headers.getSetCookie()
  for (const name of ['__Host-bifrost_session', '__Host-bifrost_device']) {
    const line = cookies.find((one) => one.startsWith(`${name}=`)) ?? ''
    expect(line).toMatch(/; Path=\/;/)
    expect(line).toMatch(/; HttpOnly; Secure; SameSite=Lax/)
    expect(line).not.toContain('Domain')
  }
  const session = cookies.find((one) => one.startsWith('__Host-bifrost_session='))?.split(';')[0] ?? ''
  const me = (cookie: string) => server().anonymous('/api/auth/me', { headers: { cookie } })
  expect((await me(session)).status).toBe(200)
  // What a neighbor put beside it does not count.
  expect((await me(`bifrost_session=chosen; ${session}`)).status).toBe(200)
})
