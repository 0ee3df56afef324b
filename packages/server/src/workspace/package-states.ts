import { createHash } from 'node:crypto'
import type { Database } from '../platform/database.ts'
import type { Notifier } from '../platform/notify.ts'
import { slugsOf } from './workflow-rows.ts'

/** What is known of the packages for one list of requirements. */
export interface PackageState {
  status: 'installing' | 'ready' | 'failed'
  /** Why they cannot be used, in sentences; null unless they failed. */
  error: string | null
  /** Null: what was said before. */
  log: string | null
  modules: readonly string[]
}

/** Packages that workers are to have ready. */
export interface WantedPackages {
  key: string
  /** An organization by its slug; null: everybody. */
  owner: string | null
  requirements: readonly string[]
  status: PackageState['status']
}

/** What stands for one list of requirements of one owner. No two owners share what is installed. */
export const packagesKey = (owner: string | null, requirements: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([owner, requirements]))
    .digest('hex')

const NONE = ''

/** What owners want to be installed, and what became of it: said by those who read files, done by workers. */
export class PackageStates {
  readonly #db: Database
  readonly #notifier: Notifier
  /** By owner, the key of what was wanted last. */
  readonly #wanted = new Map<string | null, string>()

  constructor(db: Database, notifier: Notifier) {
    this.#db = db
    this.#notifier = notifier
  }

  /** Code of this owner needs these packages from now on. */
  async want(owner: string | null, orgId: string | null, requirements: readonly string[]): Promise<void> {
    const key = packagesKey(owner, requirements)
    if (this.#wanted.get(owner) === key) return
    await this.#db.transaction(async (query) => {
      await query(
        'update python_packages set is_current = false where org_id is not distinct from $1 and is_current and key <> $2',
        [orgId, key],
      )
      await query(
        `insert into python_packages (key, org_id, requirements) values ($1, $2, $3)
         on conflict (key) do update set org_id = excluded.org_id, is_current = true,
           status = case when python_packages.is_current then python_packages.status else 'installing' end,
           wanted_at = now()`,
        [key, orgId, requirements],
      )
    })
    this.#wanted.set(owner, key)
    this.#notifier.publish('packages')
  }

  /** No file lists packages for this owner any more. */
  async drop(owner: string | null, orgId: string | null): Promise<void> {
    if (this.#wanted.get(owner) === NONE) return
    await this.#db.query(
      'update python_packages set is_current = false where org_id is not distinct from $1 and is_current',
      [orgId],
    )
    this.#wanted.set(owner, NONE)
  }

  /** What the files of all owners ask for now. */
  async current(): Promise<WantedPackages[]> {
    const rows = await this.#db.query<Omit<WantedPackages, 'owner'> & { org_id: string | null }>(
      'select key, org_id, requirements, status from python_packages where is_current order by wanted_at',
    )
    const slugs = await slugsOf(
      this.#db,
      rows.flatMap(({ org_id }) => org_id ?? []),
    )
    return rows.flatMap(({ org_id, ...row }) => {
      const owner = org_id === null ? null : slugs.get(org_id)
      return owner === undefined ? [] : [{ ...row, owner }]
    })
  }

  /** What a worker says of them. */
  async record(key: string, { status, error, log, modules }: PackageState): Promise<void> {
    await this.#db.query(
      `update python_packages set status = $2, error = $3, log = coalesce($4, log), modules = $5, changed_at = now() where key = $1`,
      [key, status, error, log, modules],
    )
  }

  /** Forgets what no code has asked for in a month. */
  async prune(): Promise<void> {
    await this.#db.query(
      `delete from python_packages where not is_current and changed_at < now() - interval '30 days'`,
    )
  }
}
