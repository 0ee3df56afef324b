import type { Query } from '../platform/database.ts'

/** What was changed in another process is known here after so long, even without a notification. */
const KNOWN_MS = 60_000

/** Global files have a share of their own, and so has a folder whose organization is not known. */
export const holderWithoutCustomer = (owner: string | null): string =>
  owner === null ? 'everybody' : `folder ${owner}`

/**
 * Whose share the files of an owner count for (see `shareHolderOf`), by the slug that names its folder. Asking costs
 * nothing: slugs never change, and which customer each belongs to is in memory.
 */
export class ShareHolders {
  readonly #query: Query
  #customers: ReadonlyMap<string, string> = new Map()
  #readAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  constructor(query: Query) {
    this.#query = query
  }

  readonly holderOf = (owner: string | null): string => {
    if (performance.now() - this.#readAtMs > KNOWN_MS) this.refresh()
    const customer = owner === null ? undefined : this.#customers.get(owner)
    return customer ?? holderWithoutCustomer(owner)
  }

  /** Reads them; a read that is under way may have begun before the change, so that another one follows it. */
  read(): Promise<void> {
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = null
        this.#reading = this.#read()
        return this.#reading
      })
    return this.#next
  }

  /** The same for those who do not wait for it: without a database, what was known counts. */
  refresh(): void {
    // Once per time, also when the database does not answer.
    this.#readAtMs = performance.now()
    this.read().catch(() => {})
  }

  async #read(): Promise<void> {
    const rows = await this.#query<{ slug: string; customer_id: string }>(
      'select slug, customer_id from organizations',
    )
    this.#customers = new Map(rows.map((row) => [row.slug, row.customer_id]))
    this.#readAtMs = performance.now()
  }
}
