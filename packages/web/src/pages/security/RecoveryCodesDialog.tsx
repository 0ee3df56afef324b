import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** Recovery codes, this once. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  return (
    <Dialog title="Save these recovery codes" onClose={onClose}>
      <p className="text-muted">
        Each code signs you in once if you lose your device. They won’t be shown again, so store them in a
        safe place.
      </p>
      <ul
        aria-label="Recovery codes"
        className="mt-3 grid gap-x-6 gap-y-1 rounded-md border border-line bg-sunken p-3 font-mono text-sm sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <CopyButton text={codes.join('\n')} label="Copy all" iconOnly={false} />
        <Button look="primary" onClick={onClose}>
          I have saved them
        </Button>
      </div>
    </Dialog>
  )
}
