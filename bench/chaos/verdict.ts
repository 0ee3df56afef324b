import type { Effect } from './ledger.ts'

/** A run as the platform says that it ended. */
export interface EndedRun {
  run: number
  status: string
  /** Completed steps by name, how often each stands in the journal. */
  steps: readonly string[]
  error: string | null
}

export interface Verdict {
  /** Sentences, each about one thing that must not be. */
  violations: string[]
  effects: number
  /** Side effects of steps that were under way when something died; these may happen again. */
  repeated: number
}

/** What the world outside saw, held against what was promised. */
export function judge(
  runs: number,
  steps: number,
  effects: readonly Effect[],
  ended: readonly EndedRun[],
): Verdict {
  const violations: string[] = []
  const byRun = new Map<number, Effect[]>()
  for (const effect of effects) {
    const seen = byRun.get(effect.run)
    if (seen) seen.push(effect)
    else byRun.set(effect.run, [effect])
  }
  const counts = new Map<number, number>()
  for (const { run } of ended) counts.set(run, (counts.get(run) ?? 0) + 1)
  let repeated = 0
  for (let run = 0; run < runs; run += 1) {
    const count = counts.get(run) ?? 0
    if (count !== 1) violations.push(`run ${run} was accepted and stands in the history ${count} times`)
    const seen = byRun.get(run) ?? []
    const begun = seen.filter(({ what }) => what === 'begun')
    let latest = 0
    const course = () => begun.map(({ step, at }) => `${step} at ${(at / 1000).toFixed(2)} s`).join(', ')
    for (const { step } of begun) {
      if (step < latest)
        violations.push(`run ${run}: step ${step} ran again after step ${latest} had begun (${course()})`)
      else if (step === latest) repeated += 1
      else if (step > latest + 1)
        violations.push(`run ${run}: step ${step} ran and step ${latest + 1} had not`)
      latest = Math.max(latest, step)
    }
    const done = new Set(seen.filter(({ what }) => what === 'effect').map(({ step }) => step)).size
    if (done < steps) violations.push(`run ${run}: ${done} of ${steps} steps had their effect`)
  }
  for (const { run, status, error, steps: names } of ended) {
    if (status !== 'SUCCESS') violations.push(`run ${run} ended ${status}${error ? `: ${error}` : ''}`)
    if (new Set(names).size !== steps || names.length !== steps)
      violations.push(`run ${run}: its journal has ${names.length} completed steps`)
  }
  return { violations, effects: effects.filter(({ what }) => what === 'effect').length, repeated }
}
