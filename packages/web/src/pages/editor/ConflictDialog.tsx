import { lazy, Suspense, useMemo } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Skeleton } from '../../ui/states.tsx'

const TwoVersions = lazy(() => import('./TwoVersions.tsx'))

/** Shows both versions when another person saved in between, and lets the reader choose. */
export function ConflictDialog({
  path,
  mine,
  theirs,
  onKeepMine,
  onTakeTheirs,
  onClose,
}: {
  path: string
  mine: string
  /** `null` when the file was deleted. */
  theirs: string | null
  onKeepMine: () => void
  onTakeTheirs: () => void
  onClose: () => void
}) {
  const left = useMemo(() => ({ name: 'Yours', text: mine }), [mine])
  const right = useMemo(() => ({ name: 'Saved version', text: theirs ?? 'The file was deleted.' }), [theirs])
  return (
    <Dialog
      title={`${path} was changed by someone else`}
      onClose={onClose}
      className="w-[min(70rem,calc(100vw-2rem))]"
    >
      <div className="mb-1 grid grid-cols-2 text-sm font-semibold text-muted">
        <h3>{left.name}</h3>
        <h3>{right.name}</h3>
      </div>
      <Suspense fallback={<Skeleton className="h-[min(26rem,40vh)]" />}>
        <TwoVersions path={path} left={left} right={right} />
      </Suspense>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button data-autofocus onClick={onClose}>
          Keep editing
        </Button>
        <Button onClick={onTakeTheirs}>Discard my changes</Button>
        <Button look="danger" onClick={onKeepMine}>
          Overwrite
        </Button>
      </div>
    </Dialog>
  )
}
