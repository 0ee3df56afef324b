import type { ExecutionSummary } from '@bifrost/contract'

export interface TimeSpent {
  queuedMs: number
  /** Between the claim and the first line of the function; known only at the end. */
  loadedMs: number | null
  ranMs: number | null
}

type Times = Pick<ExecutionSummary, 'created_at' | 'scheduled_at' | 'started_at' | 'ended_at' | 'duration_ms'>

/** Splits the life of a run. A run that was planned is not queued before its time. */
export function timeSpent(run: Times, now: number): TimeSpent {
  const due = Math.max(Date.parse(run.created_at), run.scheduled_at ? Date.parse(run.scheduled_at) : 0)
  const ended = run.ended_at === null ? null : Date.parse(run.ended_at)
  if (run.started_at === null)
    return { queuedMs: Math.max(0, (ended ?? now) - due), loadedMs: null, ranMs: null }
  const started = Date.parse(run.started_at)
  const queuedMs = Math.max(0, started - due)
  if (ended === null) return { queuedMs, loadedMs: null, ranMs: Math.max(0, now - started) }
  const whole = Math.max(0, ended - started)
  if (run.duration_ms === null) return { queuedMs, loadedMs: null, ranMs: whole }
  const loadedMs = whole - run.duration_ms
  return { queuedMs, loadedMs: loadedMs >= 1 ? loadedMs : null, ranMs: run.duration_ms }
}
