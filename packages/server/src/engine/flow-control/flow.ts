import { createHash } from 'node:crypto'
import type { FlowControl, Json } from '@bifrost/contract'

/** The rules of a run's workflow, with the keys that its input gives; decided before it is accepted. */
export interface RunFlow {
  priority: number
  concurrency: { key: string; limit: number; label: string | null } | null
  rate: { key: string; limit: number; perSeconds: number; label: string | null } | null
  debounce: { key: string; seconds: number; maxSeconds: number | null } | null
  singleton: { key: string; onConflict: 'skip' | 'cancel_running' } | null
}

/** What `queue.flow` and `executions.flow` keep: the rules as they were, and whose runs they count. */
export interface StoredFlow {
  concurrency?: { limit: number; label: string | null }
  rate?: { limit: number; perSeconds: number; label: string | null }
}

const KEY_LENGTH_MAX = 200
const LABEL_LENGTH_MAX = 100

export interface FlowTarget {
  orgId: string
  workflowId: string
  input: Record<string, Json>
  /** What the caller asked for, in place of the workflow's. */
  priority?: number | undefined
}

/** The rules that hold for a run; null when none does, and nothing of this costs anything. */
export function flowOf(rules: FlowControl | null | undefined, target: FlowTarget): RunFlow | null {
  const priority = target.priority ?? rules?.priority ?? 0
  const { concurrency, rate, debounce, singleton } = rules ?? {}
  if (priority === 0 && !concurrency && !rate && !debounce && !singleton) return null
  const key = (rule: string, path: string | null) =>
    `${target.orgId}/${target.workflowId}/${rule}/${path === null ? '' : textOf(valueAt(target.input, path))}`
  const label = (path: string | null) => path && labelOf(path, valueAt(target.input, path))
  const own = concurrency && {
    key: key('concurrency', concurrency.key),
    limit: concurrency.limit,
    label: label(concurrency.key),
  }
  return {
    priority,
    // A run that takes the place of another waits until that one is really gone.
    concurrency:
      own ??
      (singleton?.on_conflict === 'cancel_running'
        ? { key: key('singleton', singleton.key), limit: 1, label: label(singleton.key) }
        : null),
    rate: rate
      ? {
          key: key('rate', rate.key),
          limit: rate.limit,
          perSeconds: rate.per_seconds,
          label: label(rate.key),
        }
      : null,
    debounce: debounce
      ? { key: key('debounce', debounce.key), seconds: debounce.seconds, maxSeconds: debounce.max_seconds }
      : null,
    singleton: singleton ? { key: key('singleton', singleton.key), onConflict: singleton.on_conflict } : null,
  }
}

/** The idempotency key that the workflow's option makes of an input; null without one, or without the value. */
export function idempotencyKeyOf(
  rules: FlowControl | null | undefined,
  input: Record<string, Json>,
): string | null {
  const value = rules?.idempotency ? valueAt(input, rules.idempotency.key) : null
  return value === null ? null : textOf(value)
}

export const storedFlow = ({ concurrency, rate }: RunFlow): StoredFlow | null =>
  concurrency || rate
    ? {
        ...(concurrency && { concurrency: { limit: concurrency.limit, label: concurrency.label } }),
        ...(rate && { rate: { limit: rate.limit, perSeconds: rate.perSeconds, label: rate.label } }),
      }
    : null

/** What a path such as `input.customer.id` leads to; null when it leads nowhere. */
function valueAt(input: Record<string, Json>, path: string): Json {
  let value: Json = input
  for (const name of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return null
    value = value[name] as Json
  }
  return value
}

/** Long values by their hash, because an index entry has its limits; and those with what the database has no text for. */
function textOf(value: Json): string {
  const text = JSON.stringify(value)
  if (text.length <= KEY_LENGTH_MAX && !(typeof value === 'string' && value.includes('\0')))
    return typeof value === 'string' ? value : text
  return createHash('sha256').update(text).digest('hex')
}

function labelOf(path: string, value: Json): string {
  const text = JSON.stringify(value)
  const name = path.slice('input.'.length)
  return `${name} = ${text.length > LABEL_LENGTH_MAX ? `${text.slice(0, LABEL_LENGTH_MAX).toWellFormed()}…` : text}`
}
