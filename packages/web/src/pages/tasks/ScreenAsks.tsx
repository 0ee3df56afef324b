import { Button } from '../../ui/Button.tsx'

/** A screen wants to answer by itself: the person who opened it decides, because the answer is given in their name. */
export function ScreenAsks({
  declines,
  onConfirm,
  onClose,
}: {
  declines: boolean
  onConfirm: () => void
  onClose: () => void
}) {
  const verb = declines ? 'decline' : 'submit'
  return (
    <div
      role="alert"
      className="mb-3 flex flex-wrap items-center gap-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn"
    >
      <p className="min-w-0 flex-1">This screen is trying to {verb} without any action from you.</p>
      <Button size="sm" onClick={onConfirm}>
        {declines ? 'Decline' : 'Submit'}
      </Button>
      <Button size="sm" onClick={onClose}>
        Not now
      </Button>
    </div>
  )
}
