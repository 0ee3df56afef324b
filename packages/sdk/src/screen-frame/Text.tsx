import type { ReactNode } from 'react'

/** A text and what kind of text it is. */
export interface TextProps {
  children: ReactNode
  /** `note` is small and quiet, `warning` stands out. */
  kind?: 'title' | 'note' | 'warning'
}

/**
 * A paragraph or a heading.
 * @example <Text kind="title">Order {props.order.id}</Text>
 */
export function Text({ children, kind }: TextProps) {
  if (kind === 'title') return <h2>{children}</h2>
  return (
    <p className={kind} role={kind === 'warning' ? 'note' : undefined}>
      {children}
    </p>
  )
}
