import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { Browser } from '../../testing/browser.ts'
import { useServer } from '../../testing/server.ts'

const server = useServer()
/** Links name the platform as its settings do, not as a request does. */
const localUrl = () => server().url.replace('127.0.0.1', 'localhost')

const start = () =>
  new Browser(server()).api(routes.startDeviceLogin, { body: { client_name: 'bifrost on laptop' } })
const poll = (device_code: string) =>
  new Browser(server())
    .api(routes.pollDeviceLogin, { body: { device_code } })
    .catch((error: { code: string }) => ({
      access_token: error.code,
    }))
/** Lets the interval of the device pass. */
const wait = () => server().db.query(`update device_logins set polled_at = polled_at - interval '1 minute'`)
const answer = (browser: Browser, user_code: string, allow: boolean) =>
  browser.api(routes.answerDeviceLogin, { body: { user_code, allow } })

describe('a device', () => {
  test('gets a key of the person who confirms its code, once (RFC 8628)', async () => {
    const device = await start()
    expect(device.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(device).toMatchObject({
      verification_uri: `${localUrl()}/device`,
      verification_uri_complete: `${localUrl()}/device?code=${device.user_code}`,
      expires_in: 600,
      interval: 5,
    })
    expect(await poll(device.device_code)).toEqual({ access_token: 'authorization_pending' })
    const person = await new Browser(server()).signIn()
    const shown = await person.api(routes.getDeviceLogin, {
      query: { user_code: device.user_code.toLowerCase() },
    })
    expect(shown).toMatchObject({ client_name: 'bifrost on laptop', address: '127.0.0.1' })
    await answer(person, device.user_code.replace('-', ''), true)
    await wait()
    const both = await Promise.all([poll(device.device_code), poll(device.device_code)])
    const keys = both.map((one) => one.access_token).filter((token) => token.startsWith('bfk_'))
    expect(keys).toHaveLength(1)
    expect(await poll(device.device_code)).toEqual({ access_token: 'expired_token' })
    const me = await server().anonymous('/api/auth/me', { headers: { authorization: `Bearer ${keys[0]}` } })
    expect(me.status).toBe(200)
    const { items } = await person.api(routes.listKeys)
    expect(items.find((key) => key.kind === 'device')).toMatchObject({
      name: 'bifrost on laptop',
      expires_at: expect.any(String),
    })
    await expect(answer(person, device.user_code, true)).rejects.toMatchObject({ status: 404 })
  })

  test('that asks too often has to wait longer, also when it was confirmed', async () => {
    const device = await start()
    expect(await poll(device.device_code)).toEqual({ access_token: 'authorization_pending' })
    expect(await poll(device.device_code)).toEqual({ access_token: 'slow_down' })
    const [row] = await server().db.query<{ interval_seconds: number }>(
      'select interval_seconds from device_logins order by created_at desc limit 1',
    )
    expect(row?.interval_seconds).toBe(10)
    await answer(await new Browser(server()).signIn(), device.user_code, true)
    expect(await poll(device.device_code)).toEqual({ access_token: 'slow_down' })
    await wait()
    expect((await poll(device.device_code)).access_token).toMatch(/^bfk_/)
  })

  test('that was refused, that came too late, or that is unknown gets nothing', async () => {
    const person = await new Browser(server()).signIn()
    const refused = await start()
    await answer(person, refused.user_code, false)
    expect(await poll(refused.device_code)).toEqual({ access_token: 'access_denied' })
    expect(await poll(refused.device_code)).toEqual({ access_token: 'expired_token' })
    const late = await start()
    await server().db.query(`update device_logins set expires_at = now() - interval '1 second'`)
    await expect(answer(person, late.user_code, true)).rejects.toMatchObject({ status: 404 })
    expect(await poll(late.device_code)).toEqual({ access_token: 'expired_token' })
    expect(await poll('bfd_nothing')).toEqual({ access_token: 'expired_token' })
  })

  test('is confirmed by a person who signed in, not by a key, and not by a deactivated person', async () => {
    const device = await start()
    const body = { user_code: device.user_code, allow: true }
    await expect(server().api(routes.answerDeviceLogin, { body })).rejects.toMatchObject({ status: 403 })
    await expect(
      server().api(routes.getDeviceLogin, { query: { user_code: device.user_code } }),
    ).rejects.toMatchObject({ status: 403 })
    const person = await new Browser(server()).signIn()
    await answer(person, device.user_code, true)
    await server().db.query(`update users set is_active = false where role = 'platform_admin'`)
    expect(await poll(device.device_code)).toEqual({ access_token: 'expired_token' })
    await server().db.query(`update users set is_active = true where role = 'platform_admin'`)
  })

  test('has its codes kept as hashes; a client that guesses codes has to stop', async () => {
    const device = await start()
    const rows = await server().db.query<{ text: string }>(
      'select device_logins::text as text from device_logins',
    )
    const text = rows.map((row) => row.text).join()
    for (const code of [device.device_code, device.user_code, device.user_code.replace('-', '')])
      expect(text).not.toContain(code)
    const person = await new Browser(server()).signIn()
    const statuses: number[] = []
    for (let n = 0; n < 12; n++)
      statuses.push((await person.fetch(`/api/auth/device?user_code=BBBB-BBB${n}`)).status)
    expect(statuses).toEqual([...Array(10).fill(404), 429, 429])
  })
})
