import type { DetailRow } from './rows.ts'

export type HeldRow = Pick<
  DetailRow,
  'status' | 'gate' | 'flow' | 'debounced' | 'taken' | 'allowed' | 'next_at' | 'due_at'
>

/** Why flow control does not let a run go, as part of what the run waits for; null when it does. */
export function heldBy(row: HeldRow): { kind: string; reason: string; until: string | null } | null {
  const { gate, flow } = row
  if (row.status === 'SCHEDULED' && row.debounced) {
    const until = row.due_at?.toISOString() ?? null
    return {
      kind: 'debounce',
      reason: `Waits until ${until} for further starts; a later start replaces this one.`,
      until,
    }
  }
  if (row.status !== 'PENDING') return null
  if (gate === 'concurrency') {
    const whose = flow?.concurrency?.label ? ` with ${flow.concurrency.label}` : ' of this workflow'
    const limit = row.allowed ?? flow?.concurrency?.limit ?? 0
    const reason = `Waits for the concurrency limit: ${Math.min(row.taken ?? 0, limit)} of ${limit} runs${whose} are running.`
    return { kind: 'concurrency', reason, until: null }
  }
  if (gate === 'rate') {
    const until = row.next_at?.toISOString() ?? null
    const { limit = 0, perSeconds = 0, label = null } = flow?.rate ?? {}
    const whose = label ? ` with ${label}` : ''
    const next = until ? `; the next may start at ${until}` : ''
    return {
      kind: 'rate',
      reason: `Waits for its turn: ${limit} runs${whose} may start in ${perSeconds} s${next}.`,
      until,
    }
  }
  return null
}
