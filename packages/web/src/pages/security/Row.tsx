import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** One thing that a person signs in with: what it is, and what can be done with it. */
export function Row({
  icon: Icon,
  title,
  note,
  action,
}: {
  icon: LucideIcon
  title: ReactNode
  note: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line py-3">
      <Icon size={18} aria-hidden className="shrink-0 text-faint" />
      <div className="min-w-0 flex-1 basis-52">
        <div className="flex flex-wrap items-center gap-2 font-medium">{title}</div>
        <div className="text-sm text-muted">{note}</div>
      </div>
      {action && <div className="flex flex-wrap gap-2">{action}</div>}
    </div>
  )
}
