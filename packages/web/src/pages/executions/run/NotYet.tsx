import { Hourglass } from 'lucide-react'

/** The place of something that comes when the run ends. */
export function NotYet({ what }: { what: string }) {
  return (
    <div className="flex items-start gap-3 rounded-lg border border-dashed border-line px-4 py-6 text-muted">
      <Hourglass size={17} aria-hidden className="mt-0.5 shrink-0 text-faint" />
      <p>{what} appears here when the run ends.</p>
    </div>
  )
}
