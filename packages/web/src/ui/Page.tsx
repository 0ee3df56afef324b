import clsx from 'clsx'
import { type ReactNode, useEffect, useId } from 'react'
import { Skeleton, SkeletonRows } from './states.tsx'
import { windowTitle } from './window-title.ts'

/** The frame of every page: title, what it is for, its actions, its content. */
export function Page({
  title,
  heading,
  lead,
  actions,
  width = 'wide',
  children,
}: {
  /** For the window, and as the heading unless `heading` replaces it. */
  title: string
  heading?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  width?: 'wide' | 'narrow' | 'full'
  children: ReactNode
}) {
  useEffect(() => {
    document.title = windowTitle(title)
  }, [title])
  return (
    <div
      className={clsx(
        'mx-auto w-full px-4 pt-5 pb-16 sm:px-8 sm:pt-7',
        width === 'wide' && 'max-w-[1180px]',
        width === 'narrow' && 'max-w-[860px]',
      )}
    >
      <header className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          {heading ?? <h1 className="text-2xl font-semibold tracking-[-0.015em]">{title}</h1>}
          {lead && <div className="mt-0.5 max-w-2xl text-muted">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** What a page shows while its data is on the way. */
export function PageSkeleton() {
  return (
    <div className="mx-auto w-full max-w-[1180px] px-4 pt-7 sm:px-8">
      <Skeleton className="mb-6 h-8 w-52" />
      <SkeletonRows />
    </div>
  )
}

/** A titled part of a page. */
export function Section({
  title,
  aside,
  children,
  className,
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
  className?: string
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={className}>
      <div className="mb-2 flex min-h-7 items-center gap-3">
        <h2 id={id} className="text-sm font-semibold text-muted">
          {title}
        </h2>
        {aside && <div className="ml-auto">{aside}</div>}
      </div>
      {children}
    </section>
  )
}
