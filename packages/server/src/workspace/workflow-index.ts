import type { OrgScope } from '../platform/scope.ts'
import type { WorkflowRow } from './workflow-rows.ts'

/** Lists of organizations that are kept. */
const LISTS_MAX = 1000

/** All workflows in memory, found by id, by name and by who sees them. A change of one owner touches no other's rows. */
export class WorkflowIndex {
  readonly #byOwner = new Map<string | null, readonly WorkflowRow[]>()
  readonly #byId = new Map<string, WorkflowRow>()
  readonly #byName = new Map<string | null, ReadonlyMap<string, WorkflowRow>>()
  readonly #lists = new Map<string, WorkflowRow[]>()

  /** These rows are all there is. */
  setAll(rows: readonly WorkflowRow[]): void {
    const byOwner = Map.groupBy(rows, (row) => row.orgId)
    for (const orgId of new Set([...this.#byOwner.keys(), ...byOwner.keys()]))
      this.set(orgId, byOwner.get(orgId) ?? [])
  }

  /** These rows are all that an owner has. */
  set(orgId: string | null, rows: readonly WorkflowRow[]): void {
    for (const { id } of this.ownedBy(orgId)) this.#byId.delete(id)
    for (const row of rows) this.#byId.set(row.id, row)
    if (rows.length > 0) {
      this.#byOwner.set(orgId, rows)
      this.#byName.set(orgId, new Map(rows.map((row) => [row.definition.name, row])))
    } else {
      this.#byOwner.delete(orgId)
      this.#byName.delete(orgId)
    }
    this.#lists.clear()
  }

  delete(id: string): void {
    const row = this.#byId.get(id)
    if (row)
      this.set(
        row.orgId,
        this.ownedBy(row.orgId).filter((one) => one !== row),
      )
  }

  ownedBy(orgId: string | null): readonly WorkflowRow[] {
    return this.#byOwner.get(orgId) ?? []
  }

  all(): WorkflowRow[] {
    return [...this.#byOwner.values()].flat()
  }

  list(scope: OrgScope): WorkflowRow[] {
    // Each event asks for it.
    const key = scope.chain.join()
    let list = this.#lists.get(key)
    if (!list) {
      list = ownersSeenBy(scope)
        .flatMap((orgId) => this.ownedBy(orgId))
        .filter((row) => row.status === 'missing' || this.#named(scope, row.definition.name) === row)
        .sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1))
      if (this.#lists.size >= LISTS_MAX) this.#lists.clear()
      this.#lists.set(key, list)
    }
    return [...list]
  }

  /** By its id, its name, or the place where it is declared: `billing/close.py::close_month`. */
  lookUp(scope: OrgScope, idOrName: string): WorkflowRow | undefined {
    const row = this.#byId.get(idOrName)
    return row && sees(scope, row) ? row : (this.#named(scope, idOrName) ?? this.#declaredAt(scope, idOrName))
  }

  #declaredAt(scope: OrgScope, place: string): WorkflowRow | undefined {
    const at = place.lastIndexOf('::')
    if (at < 0) return undefined
    const [path, exportName] = [place.slice(0, at), place.slice(at + 2)]
    return ownersSeenBy(scope)
      .flatMap((orgId) => this.ownedBy(orgId))
      .find((row) => row.path === path && row.definition.exportName === exportName)
  }

  /** Every run is looked up by its name: nothing is made for that. */
  #named({ chain }: OrgScope, name: string): WorkflowRow | undefined {
    let gone: WorkflowRow | undefined
    for (let place = 0; place <= chain.length; place++) {
      const row = this.#byName.get(chain[place] ?? null)?.get(name)
      if (row && row.status !== 'missing') return row
      // One that is gone hides no other.
      gone ??= row
    }
    return gone
  }
}

/** Nearest first: the organization, those above it, and what is global. */
const ownersSeenBy = ({ chain }: OrgScope): (string | null)[] => [...chain, null]

const sees = ({ chain }: OrgScope, { orgId }: WorkflowRow): boolean => orgId === null || chain.includes(orgId)
