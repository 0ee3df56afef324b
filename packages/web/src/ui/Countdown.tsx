import { formatLeft } from '../format.ts'
import { useNow } from './TimeAgo.tsx'

const HOUR = 3_600_000

/** How long it is until a moment, counted down. */
export function Countdown({ to }: { to: string }) {
  const at = Date.parse(to)
  const now = useNow(at - Date.now() < HOUR ? 1_000 : 30_000)
  return (
    <span role="timer" className="tabular whitespace-nowrap">
      {at > now ? `in ${formatLeft(at - now)}` : 'due now'}
    </span>
  )
}
