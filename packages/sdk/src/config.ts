import type { Json } from '@bifrost/contract'
import { requireRun } from './current-run.ts'

/** One entry as `config.list` gives it; the value of a secret is null. */
export interface ConfigItem {
  key: string
  value: Json
  isSecret: boolean
}

/**
 * Configuration and secrets of the run's organisation; a value of the organisation beats a global one.
 * Secrets are stored encrypted, and whatever the run then writes is shown with `[REDACTED]` in their place.
 */
export const config = {
  /**
   * Reads a value; `fallback` (else undefined) when there is none.
   * @example const apiUrl = await config.get('api_url', 'https://api.example.com')
   */
  async get<T = string>(key: string, fallback?: T): Promise<T> {
    const answer = (await requireRun('config.get').call('config.get', { key })) as {
      found: boolean
      value: unknown
    }
    return (answer.found ? answer.value : fallback) as T
  },
  /**
   * Stores a value. The person who started the run must be allowed to.
   * @example await config.set('api_key', key, { isSecret: true })
   */
  async set(key: string, value: Json, options: { isSecret?: boolean } = {}): Promise<void> {
    await requireRun('config.set').call('config.set', { key, value, isSecret: options.isSecret ?? false })
  },
  /**
   * Lists all entries, without the values of secrets. `scope` (`global`, or the id of an organisation) is for people of
   * the provider; others are refused.
   */
  async list(options: { scope?: string } = {}): Promise<ConfigItem[]> {
    return (await requireRun('config.list').call('config.list', { ...options })) as ConfigItem[]
  },
  /** Deletes a value; true when there was one. */
  async delete(key: string): Promise<boolean> {
    return (await requireRun('config.delete').call('config.delete', { key })) as boolean
  },
} as const
