import type { LogLevel } from '@bifrost/contract'
import clsx from 'clsx'
import { formatNumber } from '../../../format.ts'
import { logLevels } from './log-filter.ts'

const names: Record<LogLevel, string> = { debug: 'Debug', info: 'Info', warning: 'Warning', error: 'Error' }
const dots: Record<LogLevel, string> = {
  debug: 'bg-faint',
  info: 'bg-live',
  warning: 'bg-warn',
  error: 'bg-bad',
}

/** Shows and hides the levels that occur. */
export function LevelFilter({
  counts,
  hidden,
  onChange,
}: {
  counts: Record<LogLevel, number>
  hidden: ReadonlySet<LogLevel>
  onChange: (hidden: ReadonlySet<LogLevel>) => void
}) {
  const levels = logLevels.filter((level) => counts[level] > 0 || hidden.has(level))
  if (levels.length < 2 && hidden.size === 0) return null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend in view
    <div role="group" aria-label="Levels" className="flex basis-full flex-wrap gap-1">
      {levels.map((level) => {
        const on = !hidden.has(level)
        return (
          <button
            key={level}
            type="button"
            aria-pressed={on}
            onClick={() => {
              const next = new Set(hidden)
              if (on) next.add(level)
              else next.delete(level)
              onChange(next)
            }}
            className={clsx(
              'flex h-7 items-center gap-1.5 rounded-md border border-line px-2 text-xs transition-colors',
              on ? 'bg-surface text-ink' : 'bg-sunken text-faint line-through',
            )}
          >
            <span aria-hidden className={clsx('size-[7px] rounded-full', on ? dots[level] : 'bg-line')} />
            {names[level]}
            <span className="tabular text-faint">{formatNumber(counts[level])}</span>
          </button>
        )
      })}
    </div>
  )
}
