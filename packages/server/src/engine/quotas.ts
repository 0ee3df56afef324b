import { AppError, type QuotaName, quotaDefaults } from '@bifrost/contract'
import type { Query } from '../platform/database.ts'

/** Quotas that are counted in a minute. */
type RateQuota = Extract<QuotaName, `${string}_per_minute`>

const MINUTE_MS = 60_000
/** What was set in another process is known here after so long, should nobody have told. */
const KNOWN_MS = 10_000

const nouns: Record<RateQuota, string> = { runs_per_minute: 'start runs', events_per_minute: 'emit events' }

type QuotasSet = Map<string, Partial<Record<QuotaName, number | null>>>

/** Says that quotas were set. */
export const QUOTAS_TOPIC = 'quotas'

interface Window {
  minute: number
  count: number
  /** Of the minute before. */
  before: number
}

/**
 * What organisations may use. Asking costs nothing: what was set is in memory, and what is counted is counted by each
 * process for itself.
 */
export class Quotas {
  readonly #query: Query
  readonly #nowMs: () => number
  #set: QuotasSet = new Map()
  #readAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | null = null
  readonly #windows = new Map<string, Window>()

  constructor(query: Query, nowMs: () => number = Date.now) {
    this.#query = query
    this.#nowMs = nowMs
  }

  /** Reads what was set; until then, and where nothing was, the defaults hold. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  /** Null: no limit. */
  limit(orgId: string, name: QuotaName): number | null {
    if (this.#nowMs() - this.#readAtMs > KNOWN_MS && this.#readAtMs > 0) {
      // Once per time, also when the database does not answer.
      this.#readAtMs = this.#nowMs()
      void this.read().catch(() => {})
    }
    const set = this.#set.get(orgId)?.[name]
    return set === undefined ? quotaDefaults[name] : set
  }

  /** Counts something that is about to happen; refuses what would be too much in a minute. */
  take(orgId: string, name: RateQuota, count = 1): void {
    const limit = this.limit(orgId, name)
    if (limit === null) return
    const nowMs = this.#nowMs()
    const window = this.#window(`${name}/${orgId}`, Math.floor(nowMs / MINUTE_MS))
    const passed = (nowMs % MINUTE_MS) / MINUTE_MS
    // As if what happened in the minute before had come evenly; less memory than a time for each.
    if (window.count + window.before * (1 - passed) + count <= limit) {
      window.count += count
      return
    }
    const seconds = Math.max(1, Math.ceil(((1 - passed) * MINUTE_MS) / 1000))
    throw new AppError(
      'quota_exceeded',
      `Your organisation may ${nouns[name]} ${limit.toLocaleString('en-US')} times per minute; try again in ${seconds} s, or ask for more.`,
      { quota: name, limit, retry_after_seconds: seconds },
    )
  }

  #window(key: string, minute: number): Window {
    const known = this.#windows.get(key)
    if (known?.minute === minute) return known
    const fresh = { minute, count: 0, before: known?.minute === minute - 1 ? known.count : 0 }
    this.#windows.set(key, fresh)
    return fresh
  }

  async #read(): Promise<void> {
    const rows = await this.#query<{ org_id: string; name: QuotaName; value: number | null }>(
      'select org_id, name, value from organization_quotas',
    )
    const set: QuotasSet = new Map()
    for (const { org_id: orgId, name, value } of rows) set.set(orgId, { ...set.get(orgId), [name]: value })
    this.#set = set
    this.#readAtMs = this.#nowMs()
    const minute = Math.floor(this.#readAtMs / MINUTE_MS)
    for (const [key, window] of this.#windows) if (window.minute < minute - 1) this.#windows.delete(key)
  }
}
