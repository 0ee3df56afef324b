import type { Json } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'

/** One entry as `config.list` gives it; the value of a secret is null. */
export interface ConfigItem {
  key: string
  value: Json
  isSecret: boolean
  /** The name of the organization that the value comes from; null for a global one. */
  source: string | null
}

/** For people who may act for other organizations: those of the provider, and those who build for the ones below theirs. */
export interface ConfigScope {
  /** `global`, or the id of an organization; absent: the organization of the run. Others are refused. */
  scope?: string
}

/**
 * Configuration and secrets of the run's organization: its own values, else those of the organizations above it, else
 * the global ones. Secrets are stored encrypted, and shown as `[REDACTED]` in everything that the run
 * writes.
 */
export const config = {
  /**
   * Reads a value, as the text, number, boolean or JSON that was set; `fallback` (else undefined) when there is none.
   * @example const apiUrl = await config.get('api_url', 'https://api.example.com')
   */
  async get<T = string>(key: string, fallback?: T, options: ConfigScope = {}): Promise<T> {
    const answer = await callPlatform('config.get', { key, ...options })
    return (answer.found ? answer.value : fallback) as T
  },
  /**
   * Stores a value of the run's organization; an inherited one stays as it is. A secret stays a secret, also one that
   * overrides an inherited secret, unless `isSecret: false` is set. The person who started the run needs the permission.
   * @example await config.set('api_key', key, { isSecret: true })
   */
  async set(key: string, value: Json, options: { isSecret?: boolean } & ConfigScope = {}): Promise<void> {
    await callPlatform('config.set', { key, value, ...options })
  },
  /**
   * Lists all effective values; those of secrets are null.
   * @example const keys = (await config.list()).map((entry) => entry.key)
   */
  async list(options: ConfigScope = {}): Promise<ConfigItem[]> {
    return await callPlatform('config.list', { ...options })
  },
  /**
   * Deletes a value of the run's organization; true when there was one. An inherited one takes effect again.
   * @example await config.delete('api_key')
   */
  async delete(key: string, options: ConfigScope = {}): Promise<boolean> {
    return await callPlatform('config.delete', { key, ...options })
  },
} as const
