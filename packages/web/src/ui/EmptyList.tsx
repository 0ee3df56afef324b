import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { EmptyState } from './states.tsx'
import type { AnyListState } from './use-list-state.ts'

/** An empty list: either its filter finds nothing, or there is nothing yet. */
export function EmptyList({
  list,
  icon,
  noMatch,
  hint = 'Try fewer filters.',
  children,
}: {
  list: AnyListState
  icon: LucideIcon
  /** The title when the filter finds nothing. */
  noMatch: string
  hint?: ReactNode
  /** What to say when there is no filter. */
  children: ReactNode
}) {
  if (!list.isFiltered) return children
  return (
    <EmptyState
      icon={icon}
      title={noMatch}
      action={<Button onClick={() => list.applyFilter({})}>Clear the filters</Button>}
    >
      {hint}
    </EmptyState>
  )
}
