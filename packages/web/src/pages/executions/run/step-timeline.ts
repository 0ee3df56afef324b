import type { ExecutionSummary, Step } from '@bifrost/contract'

/** From one moment to another, in milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

/** `pause`: until the next attempt. `sleep`: it waits for a time, a person, an event. `stopped`: the run ended under it. */
export type SegmentLook = 'done' | 'failed' | 'running' | 'pause' | 'sleep' | 'stopped'

/** A part of a step's life, as its bar shows it. */
export interface Segment extends Span {
  look: SegmentLook
  /** Which attempt it was; null for what lies between attempts. */
  attempt: number | null
  error: Step['error']
}

/** A step as the reader sees it: one that was under way when its run ended is under way no more. */
export type StepLook = Step['status'] | 'stopped'

export type RunTimes = Pick<ExecutionSummary, 'created_at' | 'scheduled_at' | 'started_at' | 'ended_at'>

const openStatuses: readonly Step['status'][] = ['running', 'retrying', 'waiting', 'resumed']

export const stepLook = (step: Step, run: RunTimes): StepLook =>
  run.ended_at !== null && openStatuses.includes(step.status) ? 'stopped' : step.status

/** The steps in the order in which they began. */
export const inOrder = (steps: readonly Step[]): Step[] =>
  steps.toSorted((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at))

/** Nothing of these works; they wait from their beginning to their end. */
const waitsOnly: ReadonlySet<Step['kind']> = new Set(['sleep', 'event', 'screen', 'run'])

/** The parts of a step's life, in order. */
export function segmentsOf(step: Step, run: RunTimes, now: number): Segment[] {
  const began = Date.parse(step.started_at)
  const look = stepLook(step, run)
  const open = openStatuses.includes(step.status)
  const end = timeOf(step.ended_at) ?? Math.max(began, timeOf(run.ended_at) ?? now)
  if (waitsOnly.has(step.kind))
    return [between(began, end, look === 'stopped' || look === 'failed' ? look : 'sleep')]

  const segments: Segment[] = []
  let last: number | null = null
  for (const { attempt, started_at, ended_at, error } of step.attempts) {
    const from = Date.parse(started_at)
    if (last !== null && from > last) segments.push(between(last, from, 'pause'))
    last = Math.max(from, Date.parse(ended_at))
    segments.push({ from, to: last, look: error ? 'failed' : 'done', attempt, error })
  }
  if (open) {
    const looks = { running: 'running', resumed: 'running', retrying: 'pause', waiting: 'sleep' } as const
    const now = look === 'stopped' ? 'stopped' : looks[step.status as keyof typeof looks]
    const from = last ?? began
    const attempt = step.status === 'running' ? step.attempts.length + 1 : null
    segments.push({ ...between(from, Math.max(from, end), now), attempt })
  } else if (segments.length === 0)
    segments.push(between(began, end, step.status === 'failed' ? 'failed' : 'done'))
  return segments
}

const between = (from: number, to: number, look: SegmentLook): Segment => ({
  from,
  to,
  look,
  attempt: null,
  error: null,
})

const timeOf = (at: string | null): number | null => (at === null ? null : Date.parse(at))

/** What the bars are drawn on: from the moment the run was due to its end, or to now. */
export function axisOf(run: RunTimes, steps: readonly Step[], now: number): Span {
  const due = Math.max(Date.parse(run.created_at), timeOf(run.scheduled_at) ?? 0)
  const began = steps.map((step) => Date.parse(step.started_at))
  const known = steps.flatMap(({ started_at, ended_at, attempts }) =>
    [started_at, ended_at, attempts.at(-1)?.ended_at ?? null].flatMap((at) => timeOf(at) ?? []),
  )
  // The clocks of server and reader differ: nothing that is known may lie outside.
  const from = began.reduce((least, at) => Math.min(least, at), due)
  const to = known.reduce((most, at) => Math.max(most, at), timeOf(run.ended_at) ?? now)
  return { from, to: Math.max(to, from + 1) }
}

/** Where a span lies on the axis, in percent. */
export function placeOn(axis: Span, { from, to }: Span): { left: number; width: number } {
  const percent = (at: number) => Math.min(100, Math.max(0, ((at - axis.from) / (axis.to - axis.from)) * 100))
  const left = percent(from)
  return { left, width: Math.max(0, percent(to) - left) }
}

const seconds = [1, 2, 5, 10, 15, 30]
const tickSteps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...seconds.map((count) => count * 1000),
  ...seconds.map((count) => count * 60_000),
  ...[1, 2, 3, 6, 12].map((count) => count * 3_600_000),
  ...[1, 2, 5, 10, 30, 60, 90, 180, 365].map((count) => count * 86_400_000),
]
const ticksMax = 4

/** Round distances from the start of the axis, in milliseconds: a handful at most, none too near to the end to be read. */
export function ticksOf({ from, to }: Span): number[] {
  const length = to - from
  const step = tickSteps.find((one) => length / one <= ticksMax)
  if (step === undefined) return []
  const ticks: number[] = []
  for (let at = step; at < length * 0.92; at += step) ticks.push(at)
  return ticks
}

/** Where the time of a run with steps went. Waiting while another step worked counts as work. */
export function timeInSteps(run: RunTimes, steps: readonly Step[], now: number) {
  const due = Math.max(Date.parse(run.created_at), timeOf(run.scheduled_at) ?? 0)
  const started = timeOf(run.started_at)
  const end = timeOf(run.ended_at) ?? now
  if (started === null) return { queuedMs: Math.max(0, end - due), ranMs: null, waitedMs: 0 }
  const all = steps.flatMap((step) => segmentsOf(step, run, now))
  // Whatever belongs to an attempt is work; the rest is sleep and pauses.
  const works = all.filter(({ look, attempt }) => attempt !== null || look === 'done' || look === 'failed')
  const waitedMs = covered(all) - covered(works)
  return {
    queuedMs: Math.max(0, started - due),
    ranMs: Math.max(0, end - started - waitedMs),
    waitedMs,
  }
}

/** How much time the spans cover together. */
export function covered(spans: readonly Span[]): number {
  let total = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (to <= until) continue
    total += to - Math.max(from, until)
    until = to
  }
  return total
}

/** How a step is called: its occurrence only where the name comes again in its branch, its branch where it has one. */
export interface StepTitle {
  branch: string
  name: string
  occurrence: number | null
}

export function titlesOf(steps: readonly Step[]): Map<string, StepTitle> {
  const parts = steps.map((step) => [step, partsOf(step)] as const)
  const again = new Set<string>()
  for (const [{ kind }, { branch, name, occurrence }] of parts)
    if (occurrence > 1) again.add(`${kind} ${branch}${name}`)
  // An undone step keeps the name that it had when it was done.
  const repeats = ({ kind }: Step, title: string) =>
    again.has(`${kind} ${title}`) || (kind === 'undo' && again.has(`step ${title}`))
  return new Map(
    parts.map(([step, { branch, name, occurrence }]) => [
      step.key,
      { branch, name, occurrence: repeats(step, branch + name) ? occurrence : null },
    ]),
  )
}

/** An undo is named after the key of the step that it undoes, such as `undo send#2`. */
function partsOf({ key, name, occurrence, kind }: Step) {
  const undone = kind === 'undo' ? /^undo (.*\/)?([^/]*)#(\d+)$/s.exec(name) : null
  if (undone) return { branch: undone[1] ?? '', name: undone[2] ?? '', occurrence: Number(undone[3]) }
  const own = `${name}#${occurrence}`
  return { branch: key.endsWith(own) ? key.slice(0, -own.length) : '', name, occurrence }
}
