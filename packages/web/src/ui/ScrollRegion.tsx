import type { ReactNode } from 'react'

/** A named region that scrolls by itself, and that the keyboard can therefore reach. */
export function ScrollRegion({
  label,
  className,
  children,
}: {
  label: string
  className: string
  children: ReactNode
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll here
      tabIndex={0}
      className={className}
    >
      {children}
    </section>
  )
}
