import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A server where this user is signed in. */
export interface Login {
  url: string
  key: string
  email: string
}

interface Logins {
  /** The server of commands that name none. */
  current: string | null
  servers: Record<string, { key: string; email: string }>
}

/** In the folder where this user's programs keep their settings. */
export function loginsFile(): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: appData } = process.env
  const folder = xdg || (process.platform === 'win32' && appData) || join(homedir(), '.config')
  return join(folder, 'bifrost', 'login.json')
}

/** The login at a server, or the one that commands use when they name none. */
export function findLogin(url: string | null): Login | null {
  const { current, servers } = read()
  const at = url ?? current
  const found = at === null ? undefined : servers[at]
  return at !== null && found ? { url: at, ...found } : null
}

export function keepLogin({ url, key, email }: Login): void {
  const { servers } = read()
  write({ current: url, servers: { ...servers, [url]: { key, email } } })
}

export function forgetLogin(url: string): void {
  const { current, servers } = read()
  const { [url]: _, ...others } = servers
  if (Object.keys(others).length === 0) rmSync(loginsFile(), { force: true })
  else write({ current: current === url ? null : current, servers: others })
}

function read(): Logins {
  try {
    const { current, servers } = JSON.parse(readFileSync(loginsFile(), 'utf8')) as Partial<Logins>
    return { current: current ?? null, servers: servers ?? {} }
  } catch {
    return { current: null, servers: {} }
  }
}

/** Whole or not at all, and from its first moment for this user alone. */
function write(logins: Logins): void {
  const file = loginsFile()
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}`
  rmSync(temporary, { force: true })
  writeFileSync(temporary, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(temporary, file)
}
