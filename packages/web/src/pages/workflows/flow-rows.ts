import type { FlowControl } from '@bifrost/contract'
import { formatDuration } from '../../format.ts'

/** As it was declared; a minute and more as people say it. */
const seconds = (value: number) => (value < 60 ? `${value} s` : formatDuration(value * 1000))
/** `input.customer.id` as people read it. */
const each = (key: string | null) => (key === null ? '' : ` for each ${key.replace(/^input\./, '')}`)

/** What the options of flow control say, as rows of names and values. */
export function flowRows(flow: FlowControl | null): [string, string][] {
  if (!flow) return []
  const { concurrency, rate, debounce, singleton, idempotency, priority } = flow
  const rows: [string, string][] = []
  if (concurrency) rows.push(['Concurrency', `${concurrency.limit}${each(concurrency.key)}`])
  if (rate) rows.push(['Rate', `${rate.limit} in ${seconds(rate.per_seconds)}${each(rate.key)}`])
  if (debounce) {
    const most = debounce.max_seconds === null ? '' : `, at most ${seconds(debounce.max_seconds)}`
    rows.push(['Debounce', `${seconds(debounce.seconds)} after the last start${each(debounce.key)}${most}`])
  }
  if (singleton) {
    const then = singleton.on_conflict === 'skip' ? 'later starts get that run' : 'later starts cancel it'
    rows.push(['Singleton', `One live run${each(singleton.key)}; ${then}`])
  }
  if (idempotency) rows.push(['Once', `One run${each(idempotency.key)}, ever`])
  if (priority !== 0) rows.push(['Priority', String(priority)])
  return rows
}
