import { useEffect, useState } from 'react'
import { formatAgo, formatExact } from '../format.ts'

/** A moment in words, kept up to date; the exact time with its zone on hover. */
export function TimeAgo({ at, className }: { at: string; className?: string }) {
  const time = Date.parse(at)
  const now = useNow(Math.abs(Date.now() - time) < 60_000 ? 5_000 : 30_000)
  return (
    <time dateTime={at} title={formatExact(at)} className={className}>
      {formatAgo(time, now)}
    </time>
  )
}

/** The present, renewed every `everyMs`; `null` stops the clock. */
export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (everyMs === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
