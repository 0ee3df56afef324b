import { Building2, UserRound } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from '../../ui/Button.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { windowTitle } from '../../ui/window-title.ts'
import { type ActingProblem, loadPage } from '../acting.ts'

const texts = {
  person: {
    icon: UserRound,
    title: 'Someone else is signed in now',
    text: 'Another person signed in through another tab of this browser. This tab belongs to the person who signed in before, and is stopped.',
    action: 'Continue as the person who is signed in',
    go: () => window.location.reload(),
  },
  organization: {
    icon: Building2,
    title: 'You can’t act for this organization',
    text: 'It does not exist, it was deactivated, or your permissions changed. This tab is stopped.',
    action: 'Go to your own organization',
    go: () => void loadPage('/'),
  },
} as const satisfies Record<ActingProblem, object>

/** In place of everything: the tab shows something that is no longer true, and must not act by it. */
export function ActingStopped({ problem }: { problem: ActingProblem }) {
  const { icon, title, text, action, go } = texts[problem]
  useEffect(() => {
    document.title = windowTitle(title)
  }, [title])
  return (
    <main className="grid min-h-dvh place-items-center bg-surface">
      <div role="alert">
        <EmptyState
          wholePage
          icon={icon}
          title={title}
          action={
            <Button look="primary" onClick={go}>
              {action}
            </Button>
          }
        >
          {text}
        </EmptyState>
      </div>
    </main>
  )
}
