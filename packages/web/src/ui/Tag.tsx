import clsx from 'clsx'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

const tones = {
  plain: 'bg-idle-soft text-muted',
  accent: 'bg-accent-soft text-accent',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
}

/** A small label for a property; `title` explains it on hover. */
export function Tag({
  icon: Icon,
  tone = 'plain',
  title,
  children,
}: {
  icon?: LucideIcon
  tone?: keyof typeof tones
  title?: string | undefined
  children: ReactNode
}) {
  return (
    <span
      title={title}
      className={clsx(
        'inline-flex h-5 max-w-full items-center gap-1 rounded-sm px-1.5 font-sans text-2xs font-medium whitespace-nowrap',
        tones[tone],
      )}
    >
      {Icon && <Icon size={11} aria-hidden className="shrink-0" />}
      <span className="truncate">{children}</span>
    </span>
  )
}
