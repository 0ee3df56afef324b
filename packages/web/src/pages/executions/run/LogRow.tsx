import type { LogLevel, LogLine } from '@bifrost/contract'
import clsx from 'clsx'
import { memo } from 'react'
import { formatLogTime } from '../../../format.ts'

const colors: Record<LogLevel, string> = {
  debug: 'text-faint',
  info: '',
  warning: 'bg-warn-soft/60 text-warn',
  error: 'bg-bad-soft/60 text-bad',
}
const levelLabels: Record<LogLevel, string> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
}

export const LogRow = memo(function LogRow({
  line,
  times,
  wrap,
  mark,
}: {
  line: LogLine
  times: boolean
  wrap: boolean
  mark: string
}) {
  return (
    <div className={clsx('flex gap-3 px-3 py-px leading-[19px]', colors[line.level])}>
      {times && (
        <time dateTime={line.timestamp} className="tabular shrink-0 text-faint select-none">
          {formatLogTime(line.timestamp)}
        </time>
      )}
      <span className={clsx('w-10 shrink-0 select-none', line.level === 'info' && 'text-faint')}>
        {levelLabels[line.level]}
      </span>
      <span
        className={wrap ? 'min-w-0 flex-1 whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre'}
      >
        <Marked text={line.message} mark={mark} />
      </span>
    </div>
  )
})

/** The text with what was searched for standing out. */
function Marked({ text, mark }: { text: string; mark: string }) {
  if (mark === '') return text
  const at = text.toLowerCase().indexOf(mark.toLowerCase())
  if (at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <mark className="rounded-[2px] bg-accent text-on-accent">{text.slice(at, at + mark.length)}</mark>
      {text.slice(at + mark.length)}
    </>
  )
}
