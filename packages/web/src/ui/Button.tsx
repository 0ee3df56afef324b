import { Link, type LinkProps } from '@tanstack/react-router'
import clsx from 'clsx'
import { LoaderCircle, type LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'
type Size = 'sm' | 'md'

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong shadow-lift',
  plain: 'bg-surface border border-line hover:bg-hover shadow-lift',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'border border-line bg-surface text-bad hover:bg-bad-soft shadow-lift',
}
const sizes: Record<Size, string> = {
  sm: 'h-7 px-2 text-sm gap-1.5',
  md: 'h-[34px] px-3 text-base gap-2',
}
const base =
  'inline-flex items-center justify-center rounded-md font-medium whitespace-nowrap select-none transition-colors disabled:opacity-55 disabled:pointer-events-none aria-disabled:opacity-55'

interface Appearance {
  look?: Look
  size?: Size
  icon?: LucideIcon
  children?: ReactNode
}

export function Button({
  look = 'plain',
  size = 'md',
  icon: Icon,
  busy = false,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: Appearance & { busy?: boolean } & ComponentProps<'button'>) {
  return (
    <button
      type={type}
      className={clsx(base, looks[look], sizes[size], className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? (
        <LoaderCircle size={15} className="animate-spin" aria-hidden />
      ) : (
        Icon && <Icon size={15} aria-hidden />
      )}
      {children}
    </button>
  )
}

/** A link that looks like a button, because it goes somewhere. */
export function ButtonLink({
  look = 'plain',
  size = 'md',
  icon: Icon,
  className,
  children,
  ...link
}: Appearance & { className?: string } & LinkProps & { 'aria-label'?: string }) {
  return (
    <Link className={clsx(base, looks[look], sizes[size], className)} {...link}>
      {Icon && <Icon size={15} aria-hidden />}
      {children}
    </Link>
  )
}

/** A square button with an icon only; `label` is its name and its tooltip. */
export function IconButton({
  label,
  icon: Icon,
  size = 'md',
  className,
  ...rest
}: { label: string; icon: LucideIcon; size?: Size } & Omit<ComponentProps<'button'>, 'children'>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={clsx(
        'inline-flex items-center justify-center rounded-md align-middle text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-50 disabled:pointer-events-none aria-pressed:bg-accent-soft aria-pressed:text-accent',
        size === 'sm' ? 'size-7' : 'size-8',
        className,
      )}
      {...rest}
    >
      <Icon size={16} aria-hidden />
    </button>
  )
}
