import { Button } from '../../ui/Button.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** A secret that was just made: it can be copied now, and never again. */
export function ShownOnce({
  title,
  secret,
  onClose,
}: {
  title: string
  secret: string
  onClose: () => void
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-muted">Copy it now. It won’t be shown again; Bifrost stores only a hash of it.</p>
      <div className="mt-3">
        <CopyLine text={secret} label="Copy it" />
      </div>
      <div className="mt-5 flex justify-end">
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  )
}
