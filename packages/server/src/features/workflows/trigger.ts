import type { Trigger } from '@bifrost/contract'

/**
 * What started a run, as its history tells it: a person in the web app has a session, a program has a key, and the
 * command line says that it is one. Nothing is decided by it.
 */
export function triggerOf(headers: Readonly<Record<string, string | string[] | undefined>>): Trigger {
  if (headers['bifrost-client'] === 'cli') return 'cli'
  return headers['authorization'] === undefined ? 'form' : 'api'
}
