import { AppError, type QuotaName, quotaDefaults } from '@bifrost/contract'
import type { Query } from '../platform/database.ts'
import { MinuteBudgets } from './minute-budgets.ts'

/** Quotas that are counted in a minute. */
type RateQuota = Extract<QuotaName, `${string}_per_minute`>

/** What was set in another process is known here after so long, even without a notification. */
const KNOWN_MS = 10_000

const nouns: Record<RateQuota, string> = { runs_per_minute: 'start runs', events_per_minute: 'emit events' }

type QuotasSet = Map<string, Partial<Record<QuotaName, number | null>>>

/** So many runs may be added between two counts of those that wait, as a part of the quota. */
const RECOUNT_PART = 10
/** A full queue is counted again after so long. */
const RECOUNT_MS = 1000
/** What a full queue says to the next one. */
const RETRY_SECONDS = 5
/** Of an organization that starts nothing, nothing is kept. */
const FORGOTTEN_MS = 10 * 60_000

interface QueueDepth {
  /** At the last count. */
  counted: number
  /** Since then, by this process. */
  added: number
  countedAtMs: number
  counting: Promise<void> | null
}

/**
 * What organizations may use. Asking costs nothing: what was set is in memory, and of what is counted in a minute each
 * process has a part in hand.
 */
export class Quotas {
  readonly #query: Query
  readonly #nowMs: () => number
  #set: QuotasSet = new Map()
  #readAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | null = null
  readonly #minutes: MinuteBudgets
  readonly #depths = new Map<string, QueueDepth>()
  #providerId: string | null = null

  constructor(query: Query, nowMs: () => number = Date.now) {
    this.#query = query
    this.#nowMs = nowMs
    this.#minutes = new MinuteBudgets(query, nowMs)
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
    return set === undefined ? this.defaultOf(orgId, name) : set
  }

  /**
   * What holds where nothing was set. The provider runs the platform: nothing of its own is counted in a minute, and its
   * runs at once have no other limit than the share of each worker (the view concurrent_run_limits says so, too).
   */
  defaultOf(orgId: string, name: QuotaName): number | null {
    const isUnlimited = orgId === this.#providerId && (name in nouns || name === 'concurrent_runs')
    return isUnlimited ? null : quotaDefaults[name]
  }

  /**
   * Counts something that is about to happen; refuses what would be too much in a minute, in all processes together. A
   * promise only when this process has to ask for more.
   */
  take(orgId: string, name: RateQuota, count = 1): void | Promise<void> {
    const limit = this.limit(orgId, name)
    if (limit === null) return
    const taken = this.#minutes.take(orgId, name, limit, count)
    if (taken !== null) return taken.then((seconds) => this.#refuse(name, limit, seconds))
  }

  #refuse(name: RateQuota, limit: number, seconds: number | null): void {
    if (seconds === null) return
    throw new AppError(
      'quota_exceeded',
      `Your organization may ${nouns[name]} ${limit.toLocaleString('en-US')} times per minute. Try again in ${seconds} s, or ask an administrator to raise the limit.`,
      { quota: name, limit, retry_after_seconds: seconds },
    )
  }

  /**
   * Refuses further runs when very many of the organization wait already. They are counted now and then: this keeps one
   * organization from filling the disk, and is no exact limit.
   */
  requireRoom(orgId: string, count = 1): void | Promise<void> {
    const limit = this.limit(orgId, 'queued_runs')
    if (limit === null) return
    const depth = this.#depths.get(orgId) ?? { counted: 0, added: 0, countedAtMs: 0, counting: null }
    this.#depths.set(orgId, depth)
    const isFull = depth.counted + depth.added + count > limit
    if (depth.countedAtMs > 0 && depth.added + count <= limit / RECOUNT_PART && !isFull) {
      depth.added += count
      return
    }
    return this.#recount(orgId, depth, limit, count)
  }

  async #recount(orgId: string, depth: QueueDepth, limit: number, count: number): Promise<void> {
    if (depth.countedAtMs === 0 || depth.added > 0 || this.#nowMs() - depth.countedAtMs > RECOUNT_MS) {
      depth.counting ??= this.#countQueued(orgId, depth).finally(() => {
        depth.counting = null
      })
      await depth.counting
    }
    if (depth.counted + depth.added + count > limit)
      throw new AppError(
        'quota_exceeded',
        `In your organization, ${depth.counted.toLocaleString('en-US')} runs are waiting to start, and the maximum is ${limit.toLocaleString('en-US')}. Try again when some have started, or ask an administrator to raise the limit.`,
        { quota: 'queued_runs', limit, retry_after_seconds: RETRY_SECONDS },
      )
    depth.added += count
  }

  async #countQueued(orgId: string, depth: QueueDepth): Promise<void> {
    const [row] = await this.#query<{ count: number }>('select queued_runs($1)::float8 as count', [orgId])
    depth.counted = row?.count ?? 0
    depth.added = 0
    depth.countedAtMs = this.#nowMs()
  }

  async #read(): Promise<void> {
    const [rows, providers] = await Promise.all([
      this.#query<{ org_id: string; name: QuotaName; value: number | null }>(
        'select org_id, name, value from organization_quotas',
      ),
      this.#query<{ id: string }>('select id from organizations where is_provider'),
    ])
    const set: QuotasSet = new Map()
    for (const { org_id: orgId, name, value } of rows) set.set(orgId, { ...set.get(orgId), [name]: value })
    this.#set = set
    this.#providerId = providers[0]?.id ?? null
    this.#readAtMs = this.#nowMs()
    this.#minutes.forgetRefusals()
    for (const [orgId, { countedAtMs }] of this.#depths)
      if (this.#readAtMs - countedAtMs > FORGOTTEN_MS) this.#depths.delete(orgId)
  }
}
