import { Compass } from 'lucide-react'
import { ButtonLink } from '../ui/Button.tsx'
import { EmptyState } from '../ui/states.tsx'

export function NotFoundPage() {
  return (
    <EmptyState
      wholePage
      icon={Compass}
      title="Page not found"
      action={
        <ButtonLink look="primary" to="/">
          Go home
        </ButtonLink>
      }
    >
      The page may have moved, or the link has a typo.
    </EmptyState>
  )
}
