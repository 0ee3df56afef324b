import type { ExecuteAnswer, Json } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'

const ANSWERS_MAX = 2000

/**
 * What data providers answered, per organization, code and input, for as long as each declares. An answer from here
 * ran nothing and is in no history; it carries the id of the run that gave it.
 */
export class ProviderCache {
  readonly #answers = new LRUCache<string, ExecuteAnswer>({ max: ANSWERS_MAX })

  get(scope: OrgScope, row: WorkflowRow, codeVersion: string, input: unknown): ExecuteAnswer | undefined {
    return this.#isKept(row) ? this.#answers.get(keyOf(scope, row, codeVersion, input)) : undefined
  }

  set(scope: OrgScope, row: WorkflowRow, codeVersion: string, input: unknown, answer: ExecuteAnswer): void {
    if (!this.#isKept(row) || answer.status !== 'SUCCESS') return
    const ttl = (row.definition.cacheTtlSeconds ?? 0) * 1000
    this.#answers.set(keyOf(scope, row, codeVersion, input), answer, { ttl })
  }

  #isKept({ definition }: WorkflowRow): boolean {
    return definition.type === 'data_provider' && (definition.cacheTtlSeconds ?? 0) > 0
  }
}

const keyOf = (scope: OrgScope, row: WorkflowRow, codeVersion: string, input: unknown) =>
  JSON.stringify([scope.orgId, row.id, codeVersion, sorted((input ?? {}) as Json)])

/** Members in one order, so that the same input has one key. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Json)]),
  )
}
