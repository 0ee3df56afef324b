import { type Schedule, tidyCron, wallClock } from './cron.ts'

// The pattern is matched on wall clocks; which moment a wall clock means is decided here, from one change of the
// clocks to the next. (croner would do it, too, but around a change it gives moments twice and goes back in time.)
//
// Where the clocks go forward, a time that does not exist is made up for once, at the moment of the change. Where they
// go back, a time that comes twice counts once, the first time. Schedules of every hour need neither: they continue by the
// hour that passes, whatever it is called.

const MINUTE_MS = 60_000
/** No fire time is looked for after this. */
const LAST_MS = Date.UTC(9000, 0, 1)

/** A stretch of time in which the clocks of a zone are not changed. Bounds in milliseconds since 1970. */
interface Stretch {
  from: number
  to: number
  offsetMs: number
  /** The offset before `from`. */
  beforeMs: number
}

/** Computes the moments of a schedule. Keep it for a series: it knows the stretch that it was in last. */
export class FireTimes {
  readonly #schedule: Schedule
  readonly #pattern: ReturnType<typeof wallClock>
  readonly #everyHour: boolean
  #stretch: Stretch | null = null

  constructor(schedule: Schedule) {
    this.#schedule = schedule
    this.#pattern = wallClock(schedule.cron)
    this.#everyHour = /^(\*|\*\/1|0-23)$/.test(tidyCron(schedule.cron).split(' ')[1] ?? '')
  }

  /** The first moment after this one; null when there is none. */
  after(moment: Date): Date | null {
    let stretch = this.#at(moment.getTime())
    // On a minute, and the next one at the earliest.
    let wall = Math.floor(moment.getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS + stretch.offsetMs
    wall = this.#skipRepeated(stretch, wall)
    for (;;) {
      const found = this.#match(wall)
      if (found === null) return null
      const at = found - stretch.offsetMs
      if (at < stretch.to) return new Date(at)
      if (stretch.to > LAST_MS) return null
      const next = this.#at(stretch.to)
      if (this.#isMissed(next, found)) return new Date(stretch.to)
      const first = stretch.to + next.offsetMs
      stretch = next
      wall = this.#skipRepeated(stretch, Math.ceil(first / MINUTE_MS) * MINUTE_MS)
    }
  }

  /** The next moments after this one. */
  next(count: number, after: Date): Date[] {
    const moments: Date[] = []
    for (let at = this.after(after); at !== null && moments.length < count; at = this.after(at))
      moments.push(at)
    return moments
  }

  /** The latest moments after `after`, up to and with `until`: at most `max` of them, and whether there were more. */
  between(after: Date, until: Date, max: number): { fireTimes: Date[]; more: boolean } {
    // Looks back further and further, so that a year away does not mean half a million minutes to count.
    for (let back = max * MINUTE_MS; ; back *= 4) {
      const from = Math.max(after.getTime(), until.getTime() - back)
      const fireTimes: Date[] = []
      for (let at = this.after(new Date(from)); at !== null && at <= until; at = this.after(at))
        fireTimes.push(at)
      if (fireTimes.length > max) return { fireTimes: fireTimes.slice(-max), more: true }
      if (from === after.getTime()) return { fireTimes, more: false }
    }
  }

  /** What the next changes of the clocks do to it, a year ahead; null when nothing. */
  warning(now: Date): string | null {
    if (this.#everyHour) return null
    const { timezone } = this.#schedule
    const until = now.getTime() + 366 * 24 * 60 * MINUTE_MS
    const notes: string[] = []
    for (let { to } = this.#at(now.getTime()); to < until; to = this.#at(to).to) {
      const { beforeMs, offsetMs: afterMs } = this.#at(to)
      const found = this.#match(to + Math.min(beforeMs, afterMs))
      if (found === null || found >= to + Math.max(beforeMs, afterMs)) continue
      const day = new Date(to + beforeMs).toLocaleDateString('en-GB', {
        day: 'numeric',
        month: 'long',
        year: 'numeric',
        timeZone: 'UTC',
      })
      notes.push(
        afterMs > beforeMs
          ? `On ${day} the clocks in ${timezone} go forward: ${clock(found)} does not exist, so it fires once at ${clock(to + afterMs)}.`
          : `On ${day} the clocks in ${timezone} go back: ${clock(found)} occurs twice, and it fires only the first time.`,
      )
    }
    return notes.length > 0 ? notes.join(' ') : null
  }

  /** The first wall clock at or after this one that fits the pattern. */
  #match(wall: number): number | null {
    return this.#pattern.nextRun(new Date(wall - 1000))?.getTime() ?? null
  }

  /** The change at the start of a stretch went over the wall clock `found`. */
  #isMissed(stretch: Stretch, found: number): boolean {
    return !this.#everyHour && found < stretch.from + stretch.offsetMs
  }

  /** After the clocks went back, the hour that comes a second time is not counted again. */
  #skipRepeated(stretch: Stretch, wall: number): number {
    const { from, beforeMs, offsetMs } = stretch
    return this.#everyHour || beforeMs <= offsetMs ? wall : Math.max(wall, from + beforeMs)
  }

  #at(ms: number): Stretch {
    const known = this.#stretch
    if (known && ms >= known.from && ms < known.to) return known
    const moment = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.#schedule.timezone)
    const offsetMs = moment.offsetNanoseconds / 1e6
    const from = moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')
    const to = moment.getTimeZoneTransition('next')
    this.#stretch = {
      from: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
      to: to?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      offsetMs,
      beforeMs: from ? from.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e6 : offsetMs,
    }
    return this.#stretch
  }
}

const clock = (wall: number) => new Date(wall).toISOString().slice(11, 16)
