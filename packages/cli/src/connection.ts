import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApiError, type Client, createClient, fetchReason } from '@bifrost/contract'
import type { Settings } from '@bifrost/server/config'
import { CommandError, exitCodes } from './exit-codes.ts'
import { findLogin } from './logins.ts'
import { whileReading } from './while-reading.ts'

/** How to reach a server: what the options of a command say. */
export interface ConnectionOptions {
  url?: string
  apiKey?: string
}

export interface Connection {
  url: string
  apiKey: string | null
  api: Client
}

/** Settings of the platform on this machine: a server here listens on its port and leaves us a key in its data folder. */
export async function localSettings(): Promise<Settings> {
  const { readEnvironment, readSettings } = await import('@bifrost/server/config')
  return readSettings(readEnvironment(process.env))
}

/**
 * The address and key: of the options, else of BIFROST_URL and BIFROST_API_KEY, else of `bifrost login`, else of the server
 * on this machine.
 */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const givenKey = options.apiKey || process.env['BIFROST_API_KEY'] || null
  const givenUrl = options.url ?? process.env['BIFROST_URL']
  // A key without an address is one of the server on this machine; no other one is to see it.
  const named = givenUrl || (givenKey === null ? findLogin(null)?.url : undefined)
  const settings = await localSettings()
  const url = (named || `http://localhost:${portOf(settings.dataDir) ?? settings.port}`).replace(/\/+$/, '')
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CommandError(
      exitCodes.usage,
      `${url} is not the address of a server; an example: --url http://localhost:3000`,
    )
  // The key of the local server is for the local server: another address never sees it.
  const ownKey = named ? null : readKey(join(settings.dataDir, 'cli.key'))
  const apiKey = givenKey ?? findLogin(url)?.key ?? ownKey
  const api = createClient({
    baseUrl: url,
    client: 'cli',
    fetch: whileReading,
    ...(apiKey ? { apiKey } : {}),
  })
  return { url, apiKey, api }
}

/** The port of the server that uses this data folder; it may have been started with another one than we are told. */
function portOf(dataDir: string): number | null {
  try {
    const { port } = JSON.parse(readFileSync(join(dataDir, 'server.lock'), 'utf8')) as { port?: unknown }
    return Number.isInteger(port) ? (port as number) : null
  } catch {
    return null
  }
}

function readKey(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null
  } catch {
    return null
  }
}

/** Turns what a call to the server failed with into a sentence and an exit code. */
export function explain(cause: unknown, { url, apiKey }: Connection): CommandError {
  if (cause instanceof CommandError) return cause
  if (!(cause instanceof ApiError)) {
    return new CommandError(
      exitCodes.unreachable,
      `No server answers at ${url} (${fetchReason(cause)}). Start one with "bifrost start", or name another with --url.`,
    )
  }
  if (cause.status === 401) {
    const advice = apiKey
      ? 'Check the key of --api-key or BIFROST_API_KEY, or sign in again with bifrost login.'
      : 'Sign in with bifrost login, or give a key with --api-key or BIFROST_API_KEY. Create a key in the web app under "API keys".'
    return new CommandError(exitCodes.unreachable, `The server at ${url} requires a valid API key. ${advice}`)
  }
  if (cause.status === 403) return new CommandError(exitCodes.unreachable, cause.message)
  if (cause.status >= 500)
    return new CommandError(
      exitCodes.unreachable,
      `${cause.message}${cause.requestId ? ` (request ${cause.requestId})` : ''}`,
    )
  return new CommandError(exitCodes.usage, inputErrors(cause) ?? cause.message)
}

function inputErrors(cause: ApiError): string | null {
  if (cause.code !== 'validation_failed' || !Array.isArray(cause.details)) return null
  const errors = cause.details as { field: string; message: string }[]
  return ['The input is invalid:', ...errors.map(({ field, message }) => `  ${field}: ${message}`)].join('\n')
}
