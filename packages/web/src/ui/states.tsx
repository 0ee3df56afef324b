import clsx from 'clsx'
import { CircleAlert, Lock, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { explain } from '../errors.ts'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'

/** What a list is for when it has nothing yet, and the one thing to do about it. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  wholePage = false,
}: {
  icon: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
  /** There is nothing else on the page, so this is its heading. */
  wholePage?: boolean
}) {
  const Heading = wholePage ? 'h1' : 'h2'
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-3 grid size-11 place-items-center rounded-xl bg-sunken text-faint ring-1 ring-line">
        <Icon size={20} aria-hidden />
      </span>
      <Heading className="text-lg font-semibold">{title}</Heading>
      {children && <div className="mt-1 max-w-md text-muted">{children}</div>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  )
}

/** What happened, the request it happened in, and a way to try again. */
export function ErrorState({
  error,
  onRetry,
  wholePage = false,
}: {
  error: unknown
  onRetry?: () => void
  wholePage?: boolean
}) {
  const Heading = wholePage ? 'h1' : 'h2'
  const { title, message, requestId } = explain(error)
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-3 grid size-11 place-items-center rounded-xl bg-bad-soft text-bad">
        <CircleAlert size={20} aria-hidden />
      </span>
      <Heading className="text-lg font-semibold">{title}</Heading>
      <p className="mt-1 max-w-md text-muted">{message}</p>
      {requestId && (
        <p className="mt-2 flex items-center gap-1 text-xs text-faint">
          Request <code className="font-mono">{requestId}</code>
          <CopyButton text={requestId} label="Copy the request id" />
        </p>
      )}
      {onRetry && (
        <Button className="mt-4" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

export function NoAccess({ what }: { what: string }) {
  return (
    <EmptyState icon={Lock} title="You don’t have access">
      Your role does not allow you to see {what}. An administrator of your organization can change that.
    </EmptyState>
  )
}

/** A problem beside what it is about. */
export function InlineProblem({ tone = 'bad', children }: { tone?: 'bad' | 'warn'; children: ReactNode }) {
  return (
    <div
      role="alert"
      className={clsx(
        'flex items-start gap-2 rounded-md px-3 py-2 text-sm',
        tone === 'bad' ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn',
      )}
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  )
}

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={clsx('animate-shimmer rounded-md bg-hover', className)} />
}

/** Lines where a list will be. */
export function SkeletonRows({ rows = 8 }: { rows?: number | undefined }) {
  const widths = ['w-2/3', 'w-1/2', 'w-3/5', 'w-2/5']
  return (
    <div role="status" aria-label="Loading" className="divide-y divide-line">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity
        <div key={row} className="flex items-center gap-4 py-3">
          <Skeleton className={clsx('h-4', widths[row % widths.length])} />
          <Skeleton className="ml-auto h-4 w-16" />
        </div>
      ))}
    </div>
  )
}
