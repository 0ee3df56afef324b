import { hostname, userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, createClient, routes } from '@bifrost/contract'
import { type ConnectionOptions, connect, explain } from '../connection.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { findLogin, forgetLogin, keepLogin, loginsFile } from '../logins.ts'
import { plain, print, tell } from '../terminal.ts'

/** `bifrost login`: the person confirms a code in the browser, and a key of theirs is kept on this machine. */
export async function loginCommand(options: ConnectionOptions): Promise<number> {
  const connection = await connect(options)
  const { url } = connection
  // Nothing that was kept before is to decide who signs in now.
  const api = createClient({ baseUrl: url, client: 'cli' })
  try {
    const device = await api(routes.startDeviceLogin, {
      body: { client_name: `bifrost of ${userInfo().username} on ${hostname()}`.slice(0, 100) },
    })
    warnOfPlainText(url)
    tell(`To sign in, open ${plain(device.verification_uri_complete)}`)
    tell(`and check that it shows the code ${plain(device.user_code)}.`)
    const key = await poll(device, (device_code) => api(routes.pollDeviceLogin, { body: { device_code } }))
    const me = await createClient({ baseUrl: url, client: 'cli', apiKey: key })(routes.getMe)
    keepLogin({ url, key, email: me.email })
    tell(`Signed in as ${plain(me.email)}. The key is in ${loginsFile()}.`)
    return exitCodes.ok
  } catch (cause) {
    throw explain(cause, connection)
  }
}

/** `bifrost logout`: the key of a login counts no longer, and is forgotten here. */
export async function logoutCommand(options: ConnectionOptions): Promise<number> {
  const login = findLogin(options.url ? (await connect(options)).url : null)
  if (!login) throw new CommandError(exitCodes.usage, 'You are not signed in to that server.')
  const connection = await connect({ url: login.url, apiKey: login.key })
  try {
    await connection.api(routes.logout)
  } catch (cause) {
    // A key that the server does not know (any more) is as good as revoked.
    if (!(cause instanceof ApiError && cause.status === 401)) throw explain(cause, connection)
  }
  forgetLogin(login.url)
  tell(`Signed out of ${login.url}.`)
  return exitCodes.ok
}

/** `bifrost whoami`: the server that commands go to, and the account there. */
export async function whoamiCommand(options: ConnectionOptions & { json?: boolean }): Promise<number> {
  const connection = await connect(options)
  try {
    const me = await connection.api(routes.getMe)
    if (options.json) print(JSON.stringify({ server: connection.url, ...me }))
    else print(`${plain(me.email)}, ${me.role} of ${plain(me.organization.name)}, at ${connection.url}`)
    return exitCodes.ok
  } catch (cause) {
    throw explain(cause, connection)
  }
}

interface Device {
  device_code: string
  interval: number
  expires_in: number
}

async function poll(
  device: Device,
  ask: (code: string) => Promise<{ access_token: string }>,
): Promise<string> {
  let seconds = device.interval
  const deadline = Date.now() + device.expires_in * 1000
  while (Date.now() < deadline) {
    await sleep(seconds * 1000)
    try {
      return (await ask(device.device_code)).access_token
    } catch (cause) {
      const code = cause instanceof ApiError ? cause.code : null
      if (code === 'slow_down') seconds += 5
      else if (code === 'access_denied')
        throw new CommandError(exitCodes.unreachable, 'The sign-in was denied in the browser.')
      // A moment without a network is no reason to begin again.
      else if (code !== 'authorization_pending' && cause instanceof ApiError && cause.status < 500)
        throw cause
    }
  }
  throw new CommandError(
    exitCodes.unreachable,
    'The code was not confirmed in time. Run bifrost login again.',
  )
}

function warnOfPlainText(url: string): void {
  const { protocol, hostname: host } = new URL(url)
  if (protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(host))
    tell(`${url} is not encrypted: others on the network can read the key.`)
}
